/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include "mpeg_encoder.h"
#include "mpeg_picture.h"

#define PICTURES	61

struct bytes {
	uint8_t *data;
	size_t size;
	AVCodecContext *decoder;	/* NULL: only collect */
	AVFrame *frame;
	char types[PICTURES + 1];	/* in display order */
	int n_types;
	uint64_t luma;			/* sum over all decoded pictures */
};

static void take_pictures(struct bytes *b)
{
	int x, y;

	while (avcodec_receive_frame(b->decoder, b->frame) == 0) {
		assert_true(b->n_types < PICTURES);
		b->types[b->n_types++] = av_get_picture_type_char(b->frame->pict_type);
		assert_int_equal(b->frame->width, MPEG_WIDTH);
		assert_int_equal(b->frame->height, MPEG_HEIGHT);
		for (y = 0; y < MPEG_HEIGHT; y++)
			for (x = 0; x < MPEG_WIDTH; x++)
				b->luma += b->frame->data[0][y * b->frame->linesize[0] + x];
	}
}

static void decode(struct bytes *b, const uint8_t *data, int size)
{
	AVPacket *packet = av_packet_alloc();

	assert_int_equal(av_new_packet(packet, size), 0);
	memcpy(packet->data, data, size);
	assert_int_equal(avcodec_send_packet(b->decoder, packet), 0);
	av_packet_free(&packet);
	take_pictures(b);
}

static void collect(void *arg, const uint8_t *data, int size)
{
	struct bytes *b = arg;

	b->data = realloc(b->data, b->size + size);
	memcpy(b->data + b->size, data, size);
	b->size += size;
	if (b->decoder)
		decode(b, data, size);
}

/* Returns the sum of luma of what went in. */
static uint64_t encode(struct bytes *b)
{
	static uint8_t rgb[MPEG_RGB_SIZE], y[MPEG_WIDTH * MPEG_HEIGHT], c[2][MPEG_WIDTH * MPEG_HEIGHT / 4];
	uint8_t *const planes[3] = { y, c[0], c[1] };
	const int strides[3] = { MPEG_WIDTH, MPEG_WIDTH / 2, MPEG_WIDTH / 2 };
	struct mpeg_encoder *e = mpeg_encoder_new(collect, b);
	uint64_t luma = 0;
	unsigned int i;
	size_t k;

	assert_non_null(e);
	for (i = 0; i < PICTURES; i++) {
		mpeg_picture_paint(rgb, i);
		mpeg_picture_convert(rgb, planes, strides);
		for (k = 0; k < sizeof(y); k++)
			luma += y[k];
		assert_int_equal(mpeg_encoder_picture(e, rgb), 0);
	}
	assert_int_equal(mpeg_encoder_finish(e), 0);
	mpeg_encoder_free(e);
	return luma;
}

/* Another decoder than ours sees the paper's pattern, and the picture that went in. */
static void test_pattern_and_content(void **state)
{
	static const char group[] = "IBBBBBPBBBBBPBBBBBPBBBBBPBBBBB";
	struct bytes b = { 0 };
	uint64_t luma;
	int i;

	(void)state;
	b.decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MPEG1VIDEO));
	b.frame = av_frame_alloc();
	b.decoder->thread_count = 1;
	assert_int_equal(avcodec_open2(b.decoder, NULL, NULL), 0);
	luma = encode(&b);
	avcodec_send_packet(b.decoder, NULL);
	take_pictures(&b);
	assert_int_equal(b.n_types, PICTURES);
	for (i = 0; i < PICTURES - 1; i++)
		assert_int_equal(b.types[i], group[i % 30]);
	assert_true(b.luma > luma / 100 * 97 && b.luma < luma / 100 * 103);
	avcodec_free_context(&b.decoder);
	av_frame_free(&b.frame);
	free(b.data);
}

static void test_same_stream_twice(void **state)
{
	struct bytes a = { 0 }, b = { 0 };

	(void)state;
	encode(&a);
	encode(&b);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	free(a.data);
	free(b.data);
}

static void test_colours(void **state)
{
	static uint8_t rgb[MPEG_RGB_SIZE], y[MPEG_WIDTH * MPEG_HEIGHT], c[2][MPEG_WIDTH * MPEG_HEIGHT / 4];
	uint8_t *const planes[3] = { y, c[0], c[1] };
	const int strides[3] = { MPEG_WIDTH, MPEG_WIDTH / 2, MPEG_WIDTH / 2 };
	size_t i;

	(void)state;
	memset(rgb, 255, sizeof(rgb));
	mpeg_picture_convert(rgb, planes, strides);
	assert_int_equal(y[0], 235);
	assert_int_equal(c[0][0], 128);
	assert_int_equal(c[1][4799], 128);
	for (i = 0; i < sizeof(rgb); i++)
		rgb[i] = i % 3 ? 0 : 255;
	mpeg_picture_convert(rgb, planes, strides);
	assert_int_equal(y[19199], 82);
	assert_int_equal(c[0][0], 90);
	assert_int_equal(c[1][0], 240);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern_and_content),
		cmocka_unit_test(test_same_stream_twice),
		cmocka_unit_test(test_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
