/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine of states that has no last one. */
static void loop(void)
{
	volatile u64 state = 0;

	for (;;) {
		switch (state & 3) {
		case 0:
			state += 1;
			break;
		case 1:
			state += 6;
			break;
		case 2:
			state ^= 3;
			break;
		default:
			state -= 2;
		}
	}
}
