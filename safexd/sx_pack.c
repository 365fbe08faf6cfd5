/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sx_pack.h"

#define MAGIC	0x53585031u

/* program and guard follow, of the sizes in result. */
struct sx_packed {
	uint32_t magic;
	uint32_t size;			/* of all */
	struct sx_result result;	/* its pointers mean nothing */
};

_Static_assert(sizeof(struct sx_packed) + 2 * SX_OBJECT_MAX <= SX_PACK_MAX,
	       "SX_PACK_MAX is too small");

int sx_pack(const struct sx_result *result, uint8_t **out, size_t *size)
{
	const struct sx_object *program = &result->program, *guard = &result->guard;
	struct sx_packed head = { .magic = MAGIC, .result = *result };

	if (program->size > SX_OBJECT_MAX || guard->size > SX_OBJECT_MAX)
		return -EFBIG;
	head.result.program.data = head.result.guard.data = NULL;
	head.size = *size = sizeof(head) + program->size + guard->size;
	*out = malloc(*size);
	if (!*out)
		return -ENOMEM;
	memcpy(*out, &head, sizeof(head));
	if (program->size)
		memcpy(*out + sizeof(head), program->data, program->size);
	if (guard->size)
		memcpy(*out + sizeof(head) + program->size, guard->data, guard->size);
	return 0;
}

static int is_text(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static int is_sound(const struct sx_packed *head, size_t size)
{
	const struct sx_result *r = &head->result;

	if (head->magic != MAGIC || head->size != size || r->n_attrs > SAFEX_ATTRS_MAX ||
	    r->program.size > SX_OBJECT_MAX || r->guard.size > SX_OBJECT_MAX ||
	    size != sizeof(*head) + r->program.size + r->guard.size ||
	    !is_text(r->status.message, sizeof(r->status.message)))
		return 0;
	for (unsigned int i = 0; i < r->n_attrs; i++) {
		if (!is_text(r->attrs[i].name, sizeof(r->attrs[i].name)) ||
		    !is_text(r->initial[i], sizeof(r->initial[i])))
			return 0;
	}
	return 1;
}

static int copy_object(struct sx_object *object, const uint8_t *data)
{
	if (!object->size)
		return 0;
	object->data = malloc(object->size);
	if (!object->data) {
		object->size = 0;
		return -ENOMEM;
	}
	memcpy(object->data, data, object->size);
	return 0;
}

/* A stranger's names and a compiler's words are in it: it must steer no terminal. */
static void make_plain(char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || *s == 0x7f)
			*s = '?';
}

int sx_unpack(const uint8_t *data, size_t size, struct sx_result *result)
{
	const struct sx_packed *head = (const void *)data;
	int err;

	memset(result, 0, sizeof(*result));
	if (size < sizeof(*head) || !is_sound(head, size))
		return -EPROTO;
	*result = head->result;
	make_plain(result->status.message);
	/* Pointers of another process; the texts are not part of a message. */
	result->program.data = result->guard.data = NULL;
	result->listing = result->rules = NULL;
	data += sizeof(*head);
	err = copy_object(&result->program, data);
	if (err)
		result->guard.size = 0;
	else
		err = copy_object(&result->guard, data + head->result.program.size);
	return err;
}
