/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's verifier refuses. */
#include <safex/extension.h>

void monitor(void)
{
	s64 *anywhere = (s64 *)get_attribute("which");

	set_attribute("count", *anywhere);
}
