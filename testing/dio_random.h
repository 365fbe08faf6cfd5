/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers of a test that prints its seed and takes one as its argument. */
#ifndef DIO_RANDOM_H
#define DIO_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t dio_random_state;

static inline void dio_random_begin(int argc, char **argv)
{
	dio_random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL) | 1;
	printf("seed %llu\n", (unsigned long long)dio_random_state);
	fflush(stdout);
}

static inline uint64_t dio_random(void)
{
	dio_random_state ^= dio_random_state << 13;
	dio_random_state ^= dio_random_state >> 7;
	dio_random_state ^= dio_random_state << 17;
	return dio_random_state;
}

#endif
