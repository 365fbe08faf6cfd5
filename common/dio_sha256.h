/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 (FIPS 180-4), of what is stored or cached by its digest. */
#ifndef DIO_SHA256_H
#define DIO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define DIO_SHA256_SIZE	32
#define DIO_SHA256_HEX	65	/* as text, with the NUL */

struct dio_sha256 {
	uint32_t state[8];
	uint64_t length;	/* bytes so far */
	uint8_t	 block[64];
};

void dio_sha256_begin(struct dio_sha256 *s);
void dio_sha256_add(struct dio_sha256 *s, const void *data, size_t size);
void dio_sha256_end(struct dio_sha256 *s, uint8_t digest[DIO_SHA256_SIZE]);

/* Lower-case hexadecimal. */
void dio_sha256_text(const uint8_t digest[DIO_SHA256_SIZE], char text[DIO_SHA256_HEX]);

#endif
