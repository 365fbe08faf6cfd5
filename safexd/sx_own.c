/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include "sx_own.h"
#include "sx_said.h"
#include "sx_tools.h"

static bool is_header(const struct sx_head *h)
{
	return h->n_file > strlen(SX_IN_SDK) &&
	       !strncmp(h->file, SX_IN_SDK "/", strlen(SX_IN_SDK) + 1);
}

/* What a note in one of our headers names as the macro that stands where a name was wanted. */
static bool own_macro(const char *text, struct sx_own *own)
{
	static const char word[] = "expanded from macro '";
	char *name = own->macros[own->n];
	size_t n;

	if (strncmp(text, word, strlen(word)) ||
	    own->n == sizeof(own->macros) / sizeof(own->macros[0]))
		return false;
	text += strlen(word);
	n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (!n || n >= sizeof(own->macros[0]) || text[n] != '\'')
		return false;
	memcpy(name, text, n);
	name[n] = '\0';
	for (unsigned int i = 0; i < own->n; i++)
		if (!strcmp(own->macros[i], name))
			return false;
	own->n++;
	return true;
}

static bool own_type(const char *text, struct sx_own *own)
{
	if (own->long_long || strcmp(text, "previous definition is here"))
		return false;
	own->long_long = true;
	return true;
}

bool sx_own_find(const struct sx_text *source, const char *said, struct sx_own *own)
{
	static const char name[] = "expected identifier",
			  type[] = "typedef redefinition with different types";
	struct sx_head error = { .level = SX_LEVEL_NONE };
	bool found = false;
	struct sx_said s;

	if (!sx_said_read(&s, source, said))
		s.n = 0;
	for (size_t i = 0; i < s.n; i++) {
		struct sx_head h = sx_said_head(s.lines[i]);

		if (h.level == SX_LEVEL_NOTE && is_header(&h) && sx_said_place(&s, &error).line) {
			if (!strncmp(error.text, name, strlen(name)))
				found |= own_macro(h.text, own);
			else if (!strncmp(error.text, type, strlen(type)))
				found |= own_type(h.text, own);
		}
		if (h.level)
			error = h.level == SX_LEVEL_NOTE
					? (struct sx_head){ .level = SX_LEVEL_NONE }
					: h;
	}
	sx_said_release(&s);
	return found;
}
