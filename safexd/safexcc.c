/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * safexcc: the stages of safexd on one source, without a kernel.  For authors
 * of extensions: says what safexd would say, and shows what it would load.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sx_pipeline.h"

struct options {
	enum safex_kind role;
	const char *file, *manager, *output;
	bool explain, timed;
	struct safex_attr own[SAFEX_ATTRS_MAX];
	unsigned int n_own;
};

static int usage(FILE *to)
{
	fputs("usage: safexcc [options] monitor|handler|manager FILE\n"
	      "  -m, --manager FILE    source of the service manager: its attributes\n"
	      "  -a, --attribute NAME  an attribute of the application (readable)\n"
	      "  -o, --output FILE     write the object there; a manager's guard to FILE.guard\n"
	      "  -t, --timed           for a kernel that ends loops itself (dionisysctl kernel)\n"
	      "  -e, --explain         print the checked assembly, and a manager's guard\n"
	      "  -h, --help\n",
	      to);
	return to == stdout ? 0 : 2;
}

/* Contents of a file, malloc'ed; one byte more than is allowed at most. */
static char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	char *data = malloc(SX_SOURCE_MAX + 1);

	*size = 0;
	if (f && data)
		*size = fread(data, 1, SX_SOURCE_MAX + 1, f);
	if (!f || !data || ferror(f)) {
		fprintf(stderr, "safexcc: %s: %s\n", path, strerror(errno));
		free(data);
		data = NULL;
	}
	if (f)
		fclose(f);
	return data;
}

static int write_object(const char *path, const char *suffix, const struct sx_object *object)
{
	char name[4096];
	FILE *f;
	int bad;

	if ((size_t)snprintf(name, sizeof(name), "%s%s", path, suffix) >= sizeof(name))
		return 1;
	f = fopen(name, "we");
	bad = !f || fwrite(object->data, 1, object->size, f) != object->size;
	if (f && fclose(f))
		bad = 1;
	if (bad)
		fprintf(stderr, "safexcc: %s: %s\n", name, strerror(errno));
	return bad;
}

static int run(const struct sx_tools *tools, struct sx_job *job, const char *path,
	       struct sx_result *result)
{
	char *source = slurp(path, &job->length);
	int ret;

	memset(result, 0, sizeof(*result));
	if (!source)
		return -EIO;
	job->file = path;
	job->source = source;
	ret = sx_pipeline_run(tools, job, result);
	if (ret)
		fprintf(stderr, "%s\nsafexcc: %s: %s\n", result->status.message, path,
			dio_error_text(result->status.code));
	free(source);
	return ret;
}

/* The class's layout: the manager's attributes, then the application's. */
static int layout(const struct sx_tools *tools, const struct options *o, struct safex_attr *attrs,
		  unsigned int *n)
{
	struct sx_job job = { .role = SAFEX_KIND_MANAGER };
	static struct sx_result result;
	int ret = 0;

	if (o->manager) {
		ret = run(tools, &job, o->manager, &result);
		memcpy(attrs, result.attrs, sizeof(result.attrs));
		*n = result.n_attrs;
		sx_result_release(&result);
	}
	for (unsigned int i = 0; i < o->n_own && *n < SAFEX_ATTRS_MAX; i++)
		attrs[(*n)++] = o->own[i];
	return ret;
}

static int build(const struct sx_tools *tools, const struct options *o)
{
	static struct safex_attr attrs[SAFEX_ATTRS_MAX];
	static struct sx_result result;
	struct sx_job job = { .role = o->role, .attrs = attrs, .explain = o->explain ? stdout : NULL };
	int bad = layout(tools, o, attrs, &job.n_attrs) || run(tools, &job, o->file, &result);

	if (!bad && o->output)
		bad = write_object(o->output, "", &result.program);
	if (!bad && o->output && result.guard.size)
		bad = write_object(o->output, ".guard", &result.guard);
	sx_result_release(&result);
	return bad;
}

static int add_own(struct options *o, const char *name)
{
	struct safex_attr *a = &o->own[o->n_own];

	if (o->n_own == SAFEX_ATTRS_MAX || strlen(name) >= sizeof(a->name))
		return -EINVAL;
	strcpy(a->name, name);
	a->rights = SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ;
	o->n_own++;
	return 0;
}

static enum safex_kind role_of(const char *name)
{
	return !strcmp(name, "monitor") ? SAFEX_KIND_MONITOR :
	       !strcmp(name, "handler") ? SAFEX_KIND_HANDLER :
	       !strcmp(name, "manager") ? SAFEX_KIND_MANAGER : SAFEX_KIND_NONE;
}

/* -1: go on, else the exit code */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "manager", required_argument, NULL, 'm' },
		{ "attribute", required_argument, NULL, 'a' },
		{ "output", required_argument, NULL, 'o' },
		{ "timed", no_argument, NULL, 't' },
		{ "explain", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "m:a:o:teh", longs, NULL)) != -1) {
		if (c == 'm')
			o->manager = optarg;
		else if (c == 'a' && !add_own(o, optarg))
			continue;
		else if (c == 'o')
			o->output = optarg;
		else if (c == 't')
			o->timed = true;
		else if (c == 'e')
			o->explain = true;
		else
			return usage(c == 'h' ? stdout : stderr);
	}
	if (argc - optind != 2)
		return usage(stderr);
	o->role = role_of(argv[optind]);
	o->file = argv[optind + 1];
	return o->role ? -1 : usage(stderr);
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct sx_tools tools;
	int code = parse(&o, argc, argv);

	if (code >= 0)
		return code;
	if (sx_tools_find(&tools)) {
		fputs("safexcc: clang-19, bubblewrap or the headers <safex/...> are missing\n", stderr);
		return 1;
	}
	tools.timed_loops = o.timed;
	return build(&tools, &o);
}
