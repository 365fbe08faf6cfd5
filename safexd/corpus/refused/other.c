/* SPDX-License-Identifier: GPL-2.0-only */
/* refused at 9: a call is given another address */
#include <safex/extension.h>

static struct safex_ctx forged;

void monitor(void)
{
	safex_raise_event(&forged, 1, 1);
}
