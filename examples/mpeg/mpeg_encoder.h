/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libavcodec's MPEG-1 video encoder with the paper's settings: groups of 30
 * pictures, I B B B B B P B B B B B P ..., one thread.
 */
#ifndef MPEG_ENCODER_H
#define MPEG_ENCODER_H

#include <stdint.h>

struct mpeg_encoder;

/* Called with each piece of the stream, in its order. */
typedef void mpeg_output(void *arg, const uint8_t *data, int size);

/* NULL after a message on stderr. */
struct mpeg_encoder *mpeg_encoder_new(mpeg_output *output, void *arg);
/* One picture in display order. 0 or -1 after a message. */
int mpeg_encoder_picture(struct mpeg_encoder *e, const uint8_t *rgb);
/* What the encoder still holds. 0 or -1 after a message. */
int mpeg_encoder_finish(struct mpeg_encoder *e);
void mpeg_encoder_free(struct mpeg_encoder *e);

#endif
