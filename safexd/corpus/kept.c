/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variables that an optimizer would split or narrow, and a handler of
 * exceptions where none can be raised.
 */
#include <safex/extension.h>

static s64 parts[8], state;

void caught(exception e)
{
	state = e.kind;
}

void monitor(void)
{
	parts[1] += get_attribute("cpu_time");
	parts[6] = parts[1] > 5 * MS;
	if (state)
		state = parts[6] ? 7 : 0;
	else
		state = 7;
}
