/* SPDX-License-Identifier: GPL-2.0-only */
#include "mpeg_encoder.h"

#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include "mpeg_picture.h"

#define GROUP		30
#define B_PICTURES	5
#define BIT_RATE	400000
#define PER_SECOND	25

struct mpeg_encoder {
	AVCodecContext *context;
	AVFrame *frame;
	AVPacket *packet;
	mpeg_output *output;
	void *arg;
};

static int say(const char *what, int err)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";

	av_strerror(err, text, sizeof(text));
	fprintf(stderr, "the MPEG encoder: %s: %s\n", what, text);
	return -1;
}

/* b_strategy 0: always B_PICTURES between two others, whatever they show. */
static int open_context(AVCodecContext *c, const AVCodec *codec)
{
	c->width = MPEG_WIDTH;
	c->height = MPEG_HEIGHT;
	c->pix_fmt = AV_PIX_FMT_YUV420P;
	c->time_base = (AVRational){ 1, PER_SECOND };
	c->gop_size = GROUP;
	c->max_b_frames = B_PICTURES;
	c->bit_rate = BIT_RATE;
	c->thread_count = 1;
	av_opt_set_int(c->priv_data, "b_strategy", 0, 0);
	av_opt_set_int(c->priv_data, "sc_threshold", 1000000000, 0);
	return avcodec_open2(c, codec, NULL);
}

static int make_frame(AVFrame *f)
{
	f->width = MPEG_WIDTH;
	f->height = MPEG_HEIGHT;
	f->format = AV_PIX_FMT_YUV420P;
	f->pts = 0;
	return av_frame_get_buffer(f, 0);
}

static int set_up(struct mpeg_encoder *e)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MPEG1VIDEO);
	int err;

	if (!codec)
		return say("this libavcodec has none", AVERROR_ENCODER_NOT_FOUND);
	e->context = avcodec_alloc_context3(codec);
	e->frame = av_frame_alloc();
	e->packet = av_packet_alloc();
	if (!e->context || !e->frame || !e->packet)
		return say("out of memory", AVERROR(ENOMEM));
	err = open_context(e->context, codec);
	if (!err)
		err = make_frame(e->frame);
	return err ? say("cannot be opened", err) : 0;
}

/*
 * No SIMD: the work is then the same on every machine, in the order of the
 * paper's processor, and software emulation runs plain instructions at three
 * times the speed of vector ones.
 */
struct mpeg_encoder *mpeg_encoder_new(mpeg_output *output, void *arg)
{
	struct mpeg_encoder *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	av_force_cpu_flags(0);
	av_log_set_level(AV_LOG_ERROR);
	e->output = output;
	e->arg = arg;
	if (set_up(e)) {
		mpeg_encoder_free(e);
		return NULL;
	}
	return e;
}

static int take_packets(struct mpeg_encoder *e)
{
	int err;

	while (!(err = avcodec_receive_packet(e->context, e->packet))) {
		e->output(e->arg, e->packet->data, e->packet->size);
		av_packet_unref(e->packet);
	}
	if (err == AVERROR(EAGAIN) || err == AVERROR_EOF)
		return 0;
	return say("gave no stream", err);
}

int mpeg_encoder_picture(struct mpeg_encoder *e, const uint8_t *rgb)
{
	int err;

	err = av_frame_make_writable(e->frame);
	if (err)
		return say("no buffer for a picture", err);
	mpeg_picture_convert(rgb, e->frame->data, e->frame->linesize);
	err = avcodec_send_frame(e->context, e->frame);
	if (err)
		return say("refused a picture", err);
	e->frame->pts++;
	return take_packets(e);
}

int mpeg_encoder_finish(struct mpeg_encoder *e)
{
	int err = avcodec_send_frame(e->context, NULL);

	return err ? say("cannot end", err) : take_packets(e);
}

void mpeg_encoder_free(struct mpeg_encoder *e)
{
	if (!e)
		return;
	av_packet_free(&e->packet);
	av_frame_free(&e->frame);
	avcodec_free_context(&e->context);
	free(e);
}
