/* SPDX-License-Identifier: GPL-2.0-only */
/* refused at 9: what an extension is handed can only be read */
#include <safex/extension.h>

void monitor(void)
{
	struct safex_ctx *self = SAFEX_SELF;

	*(volatile s64 *)&self->value = 1;
}
