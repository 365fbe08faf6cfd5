/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving pictures made by arithmetic, 160x120 with 24 bits a pixel, and their
 * conversion to what an MPEG encoder takes.
 */
#ifndef MPEG_PICTURE_H
#define MPEG_PICTURE_H

#include <stdint.h>

#define MPEG_WIDTH	160
#define MPEG_HEIGHT	120
#define MPEG_RGB_SIZE	(MPEG_WIDTH * MPEG_HEIGHT * 3)	/* 57,600 bytes */

/* Picture `number` of an endless film; the same number is the same picture. */
void mpeg_picture_paint(uint8_t rgb[MPEG_RGB_SIZE], unsigned int number);

/*
 * BT.601, limited range, integer arithmetic; chroma of each 2x2 pixels is
 * their average. plane and stride are Y, Cb, Cr.
 */
void mpeg_picture_convert(const uint8_t rgb[MPEG_RGB_SIZE], uint8_t *const plane[3],
			  const int stride[3]);

#endif
