/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How tests take CPU time without doing anything.
 *
 * Under QEMU's -icount each instruction takes the same virtual time, but the
 * emulator makes no code of a nop: a second of virtual time in this loop costs
 * the host 25 ms, and 1.5 s in an empty one. Interrupts come at the same
 * instruction as anywhere else.
 */
#ifndef DIO_SPIN_H
#define DIO_SPIN_H

/* 400 instructions; a caller that waits for something looks for it in between. */
static inline void dio_spin(void)
{
	__asm__ volatile(".rept 400\n\tnop\n\t.endr");
}

static inline _Noreturn void dio_spin_forever(void)
{
	for (;;)
		dio_spin();
}

#endif
