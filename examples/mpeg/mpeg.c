/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dio-mpeg: the paper's application. Encodes pictures of its own making as
 * fast as it is given CPU time, without pause.
 */
#include <inttypes.h>
#include <stdio.h>
#include "ex_app.h"
#include "mpeg_encoder.h"
#include "mpeg_picture.h"

/* What has become of the stream: it is counted, not kept. */
struct stream {
	uint64_t bytes;
	uint64_t checksum;	/* FNV-1a, 64 bits */
};

static struct ex_app app;
static uint8_t rgb[MPEG_RGB_SIZE];

static void count(void *arg, const uint8_t *data, int size)
{
	struct stream *s = arg;
	int i;

	s->bytes += (uint64_t)size;
	for (i = 0; i < size; i++)
		s->checksum = (s->checksum ^ data[i]) * UINT64_C(0x100000001b3);
}

static int encode(struct mpeg_encoder *e)
{
	unsigned int number;

	for (number = 0; !ex_app_done(&app); number++) {
		mpeg_picture_paint(rgb, number);
		if (mpeg_encoder_picture(e, rgb))
			return -1;
		ex_app_step(&app);
	}
	return mpeg_encoder_finish(e);
}

static int run(const struct ex_options *options, struct mpeg_encoder *e, struct stream *s)
{
	uint64_t frames;
	int err;

	if (ex_app_open(&app, options))
		return 1;
	err = encode(e);
	frames = app.progress->pieces;
	if (ex_app_close(&app))
		err = -1;
	printf("%s: %" PRIu64 " frames, %" PRIu64 " bytes of MPEG-1 video, checksum %016" PRIx64 "\n",
	       options->name, frames, s->bytes, s->checksum);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct stream stream = { .checksum = UINT64_C(0xcbf29ce484222325) };
	struct ex_options options;
	struct mpeg_encoder *e;
	int code;

	code = ex_options_parse(argc, argv, "frames", &options);
	if (code >= 0)
		return code;
	e = mpeg_encoder_new(count, &stream);
	if (!e)
		return 1;
	code = run(&options, e, &stream);
	mpeg_encoder_free(e);
	return code;
}
