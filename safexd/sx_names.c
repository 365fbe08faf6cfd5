/* SPDX-License-Identifier: GPL-2.0-only */
/* Markers of names -> slots of attributes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "sx_names.h"
#include "sx_refusals.h"
#include "sx_says.h"

struct names {
	const struct sx_asm *a;
	const struct sx_job *job;
	uint64_t read_mask, write_mask;
	struct dio_status *status;
};

/* Names of the class, for the message: as many as fit. */
static void known(const struct sx_job *job, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < job->n_attrs && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : "", job->attrs[i].name);
}

/* How many letters must be put in, taken out or changed to make b of a. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[SAFEX_ATTR_NAME_MAX], n = 0;

	do
		row[n] = n;
	while (b[n++]);
	for (unsigned int i = 1; *a; a++, i++) {
		unsigned int across = row[0];

		row[0] = i;
		for (unsigned int j = 1; j < n; j++) {
			unsigned int least = across + (*a != b[j - 1]);

			across = row[j];
			least = across + 1 < least ? across + 1 : least;
			row[j] = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
		}
	}
	return row[n - 1];
}

/* The name that may be meant, or NULL: less than a third of it is another. */
static const char *meant(const struct sx_job *job, const char *name)
{
	unsigned int least = (unsigned int)strlen(name) / 3;
	const char *found = NULL;

	for (unsigned int i = 0; i < job->n_attrs; i++) {
		unsigned int d = distance(name, job->attrs[i].name);

		if (d > least || (found && d == least))
			continue;
		least = d;
		found = job->attrs[i].name;
	}
	return found;
}

static int no_attribute(const struct names *x, unsigned int line, const char *name)
{
	char all[SAFEX_ATTRS_MAX * (SAFEX_ATTR_NAME_MAX + 2)];
	const char *other = meant(x->job, name);

	known(x->job, all, sizeof(all));
	dio_status_set(x->status, DIO_E_NO_ATTRIBUTE, "%s:%u: " SX_REFUSED_NO_ATTRIBUTE,
		       x->job->file, line, name, other ? " (is " : "", other ? other : "",
		       other ? " meant?)" : "",
		       *all ? all : "none");
	return -ENOENT;
}

/* A manager may read all and write what is its own or mapped; the kernel holds it to that. */
static bool permitted(enum safex_kind role, enum sx_marker marker, uint32_t rights)
{
	if (role == SAFEX_KIND_MANAGER)
		return marker == SX_MARK_READ || rights & SAFEX_MGR_WRITE;
	return rights & (marker == SX_MARK_READ ? SAFEX_EXT_READ : SAFEX_EXT_WRITE);
}

static int attribute(struct names *x, unsigned int line, struct sx_insn *insn, const char *name)
{
	const struct safex_attr *attrs = x->job->attrs;
	unsigned int slot = 0;

	while (slot < x->job->n_attrs && strcmp(attrs[slot].name, name))
		slot++;
	if (slot == x->job->n_attrs)
		return no_attribute(x, line, name);
	if (!permitted(x->job->role, insn->marker, attrs[slot].rights)) {
		dio_status_set(x->status, DIO_E_DENIED,
			       "%s:%u: " SX_REFUSED_NO_RIGHT, x->job->file, line,
			       insn->marker == SX_MARK_READ ? "get" : "set", name);
		return -EACCES;
	}
	*(insn->marker == SX_MARK_READ ? &x->read_mask : &x->write_mask) |= 1ull << slot;
	insn->imm = slot;
	return 0;
}

static bool printable(const char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~' || *name == '"' || *name == '\\')
			return false;
	return true;
}

static int resolve(struct names *x, unsigned int line, struct sx_insn *insn)
{
	char name[SAFEX_ATTR_NAME_MAX];
	int ret;

	ret = sx_asm_string(x->a, insn->name, name, sizeof(name));
	if (ret == -ENAMETOOLONG) {
		dio_status_set(x->status, DIO_E_INSTRUMENT, "%s:%u: " SX_REFUSED_NAME_LONG,
			       x->job->file, line, SAFEX_ATTR_NAME_MAX - 1);
		return ret;
	}
	if (ret || !*name || !printable(name)) {
		const struct sx_sentence *s = sx_says(SX_SAYS_LITERAL);

		dio_status_set(x->status, DIO_E_INSTRUMENT, "%s:%u: %s: %s", x->job->file, line, s->what,
			       s->advice);
		return -EINVAL;
	}
	return attribute(x, line, insn, name);
}

int sx_names_resolve(struct sx_asm *a, const struct sx_job *job, uint64_t *read_mask,
		     uint64_t *write_mask, struct dio_status *status)
{
	struct names x = { .a = a, .job = job, .status = status };
	int ret = 0;

	for (size_t i = 0; i < a->n && !ret; i++) {
		struct sx_insn *insn = &a->lines[i].insn;

		if (a->lines[i].kind == SX_LINE_INSN && insn->op == SX_OP_MARKER &&
		    (insn->marker == SX_MARK_READ || insn->marker == SX_MARK_WRITE))
			ret = resolve(&x, a->lines[i].source, insn);
	}
	*read_mask = x.read_mask;
	*write_mask = x.write_mask;
	return ret;
}
