/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_compile.h"
#include "sx_frame.h"
#include "sx_says.h"

#define LOCALS_MAX	256	/* that are looked at: each takes a search of the text */
#define CHAIN_MAX	16	/* typedef of const of ... */

/* What stands behind the key in this line; NULL: it is not there. */
static const char *behind(const char *line, const char *key)
{
	size_t n = strcspn(line, "\n");
	const char *at = memmem(line, n, key, strlen(key));

	return at ? at + strlen(key) : NULL;
}

/* The line that says what number `id` is. */
static const char *definition(const char *ir, unsigned long id)
{
	char head[32];
	const char *at;

	snprintf(head, sizeof(head), "\n!%lu = ", id);
	at = strstr(ir, head);
	return at ? at + 1 : NULL;
}

static const char *refers(const char *ir, const char *line, const char *key)
{
	const char *id = behind(line, key);

	return id ? definition(ir, strtoul(id, NULL, 10)) : NULL;
}

/* Of the type of a variable or of what that is made of; 0: not told. */
static unsigned long long bytes_of(const char *ir, const char *variable)
{
	const char *type = refers(ir, variable, "type: !"), *size;

	for (unsigned int i = 0; type && i < CHAIN_MAX; i++) {
		size = behind(type, "size: ");
		if (size)
			return strtoull(size, NULL, 10) / 8;
		type = refers(ir, type, "baseType: !");
	}
	return 0;
}

static bool is_in(const char *ir, const char *variable, const char *file)
{
	const char *where = refers(ir, variable, "file: !"), *name;
	size_t n = strlen(file);

	name = where ? behind(where, "filename: \"") : NULL;
	return name && !strncmp(name, file, n) && name[n] == '"';
}

static void take(const char *variable, unsigned long long bytes, struct sx_local *local)
{
	const char *name = behind(variable, "name: \""), *line = behind(variable, " line: ");

	if (!name || !line)
		return;
	snprintf(local->name, sizeof(local->name), "%.*s", (int)strcspn(name, "\"\n"), name);
	local->line = (unsigned int)strtoul(line, NULL, 10);
	local->bytes = bytes;
}

bool sx_frame_largest(const char *ir, const char *file, struct sx_local *local)
{
	static const char variable[] = " = !DILocalVariable(";
	const char *at = ir;

	*local = (struct sx_local){ .line = 0 };
	for (unsigned int n = 0; n < LOCALS_MAX && (at = strstr(at, variable)); n++) {
		unsigned long long bytes = bytes_of(ir, at);

		if (bytes > local->bytes && is_in(ir, at, file))
			take(at, bytes, local);
		at += strlen(variable);
	}
	return local->line;
}

void sx_frame_name(struct sx_compiler *c, enum safex_kind role, const struct sx_text *source,
		   struct dio_status *status)
{
	const struct sx_sentence *s = sx_says(SX_SAYS_FRAME);
	struct dio_status unused = { .code = DIO_E_OK };
	struct sx_output ir = { 0 };
	struct sx_local local;
	char plain[512];

	snprintf(plain, sizeof(plain), "%s: %s: %s", source->file, s->what, s->advice);
	if (strcmp(status->message, plain))
		return;
	if (!sx_compile_ir(c, role, source, &ir, &unused) &&
	    sx_frame_largest(ir.out, source->file, &local))
		dio_status_set(status, status->code, "%s:%u: %s, and %s takes %llu: %s", source->file,
			       local.line, s->what, local.name, local.bytes, s->advice);
	sx_output_release(&ir);
}
