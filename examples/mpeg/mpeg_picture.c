/* SPDX-License-Identifier: GPL-2.0-only */
#include "mpeg_picture.h"

#define SQUARE	32	/* side, pixels */

/* Position at `number` of something that goes to and fro in 0..room. */
static unsigned int to_and_fro(unsigned int number, unsigned int room)
{
	unsigned int at = number % (2 * room);

	return at < room ? at : 2 * room - at;
}

/* A background that drifts, and a square with a pattern that moves over it. */
void mpeg_picture_paint(uint8_t rgb[MPEG_RGB_SIZE], unsigned int number)
{
	unsigned int left = to_and_fro(number * 3, MPEG_WIDTH - SQUARE);
	unsigned int top = to_and_fro(number * 2, MPEG_HEIGHT - SQUARE);
	unsigned int x, y;
	uint8_t *p = rgb;

	for (y = 0; y < MPEG_HEIGHT; y++) {
		for (x = 0; x < MPEG_WIDTH; x++, p += 3) {
			if (x - left < SQUARE && y - top < SQUARE) {
				p[0] = (uint8_t)((x - left) * 8);
				p[1] = (uint8_t)((y - top) * 8);
				p[2] = ((x ^ y) & 4) ? 255 : 32;
			} else {
				p[0] = (uint8_t)(x + number);
				p[1] = (uint8_t)(2 * y + number);
				p[2] = (uint8_t)(x + y + 3 * number);
			}
		}
	}
}

static void convert_luma(const uint8_t *rgb, uint8_t *out, int stride)
{
	int x, y;

	for (y = 0; y < MPEG_HEIGHT; y++, out += stride)
		for (x = 0; x < MPEG_WIDTH; x++, rgb += 3)
			out[x] = (uint8_t)((66 * rgb[0] + 129 * rgb[1] + 25 * rgb[2] + 4224) >> 8);
}

/* Sum of one colour over the 2x2 pixels at p. */
static int sum4(const uint8_t *p)
{
	return p[0] + p[3] + p[MPEG_WIDTH * 3] + p[MPEG_WIDTH * 3 + 3];
}

/* 131584 = 128.5 * 1024: the offset of chroma, rounded, for sums of four. */
static void convert_chroma(const uint8_t *rgb, uint8_t *const plane[3], const int stride[3])
{
	int x, y, r, g, b;

	for (y = 0; y < MPEG_HEIGHT / 2; y++) {
		for (x = 0; x < MPEG_WIDTH / 2; x++) {
			const uint8_t *p = rgb + (2 * y * MPEG_WIDTH + 2 * x) * 3;

			r = sum4(p);
			g = sum4(p + 1);
			b = sum4(p + 2);
			plane[1][y * stride[1] + x] =
				(uint8_t)((-38 * r - 74 * g + 112 * b + 131584) >> 10);
			plane[2][y * stride[2] + x] =
				(uint8_t)((112 * r - 94 * g - 18 * b + 131584) >> 10);
		}
	}
}

void mpeg_picture_convert(const uint8_t rgb[MPEG_RGB_SIZE], uint8_t *const plane[3],
			  const int stride[3])
{
	convert_luma(rgb, plane[0], stride[0]);
	convert_chroma(rgb, plane, stride);
}
