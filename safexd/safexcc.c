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
#include "dio_name.h"
#include "sx_explain.h"
#include "sx_pipeline.h"

#define ALL_SLOTS	(~0ull)

struct options {
	enum safex_kind role;		/* NONE: what the source defines */
	char *const *files;
	int n_files;
	const char *manager, *output;
	bool explain, timed, probe;
	struct safex_attr own[SAFEX_ATTRS_MAX];
	unsigned int n_own;
};

static int help(void)
{
	fputs("usage: safexcc [options] [monitor|handler|manager] FILE...\n"
	      "FILE: - for standard input\n"
	      "  -m, --manager FILE    source of the service manager (installed: cpu.c)\n"
	      "  -a, --attribute NAME  an attribute of the application (readable)\n"
	      "  -o, --output FILE     write the object there; a manager's guard to FILE.guard\n"
	      "  -t, --timed           for a kernel that ends loops itself (dionisysctl kernel)\n"
	      "  -e, --explain         show what runs beside the source, and the guard\n"
	      "  -p, --probe           say which compiler is used, and how\n"
	      "  -h, --help\n",
	      stdout);
	return 0;
}

/* what: NULL when it was said already. */
static int wrong(const char *what, const char *value)
{
	if (what)
		fprintf(stderr, "safexcc: %s%s\n", what, value);
	fputs("Try 'safexcc --help'.\n", stderr);
	return 2;
}

/* Contents of a file, malloc'ed; one byte more than is allowed at most. */
static char *slurp(const char *path, size_t *size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *data = malloc(SX_SOURCE_MAX + 1);

	*size = 0;
	if (f && data)
		*size = fread(data, 1, SX_SOURCE_MAX + 1, f);
	if (!f || !data || ferror(f)) {
		fprintf(stderr, "safexcc: %s: %s\n", path, strerror(errno));
		free(data);
		data = NULL;
	}
	if (f && f != stdin)
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

/* One source through the stages; data stays for what is said of it later. */
struct unit {
	struct sx_text text;
	char *data;
	struct sx_result result;
};

static int run(const struct sx_tools *tools, struct sx_job *job, struct unit *u)
{
	bool ours;	/* nothing is wrong with the source */
	int ret;

	job->file = u->text.file;
	job->source = u->text.at;
	job->length = u->text.length;
	ret = sx_pipeline_run(tools, job, &u->result);
	ours = ret && u->result.status.code == DIO_E_INTERNAL;
	if (*u->result.status.message)
		fprintf(stderr, "%s%s\n", ours ? "safexcc: " : "", u->result.status.message);
	if (ret && !ours)
		fprintf(stderr, "safexcc: %s: %s\n", u->text.file, dio_error_text(u->result.status.code));
	return ret;
}

static int load(struct unit *u, const char *path)
{
	u->text.file = strcmp(path, "-") ? path : "<stdin>";
	u->text.at = u->data = slurp(path, &u->text.length);
	return u->data ? 0 : -EIO;
}

static void release(struct unit *u)
{
	sx_result_release(&u->result);
	free(u->data);
	u->data = NULL;
}

/* The one role that the source has a function for. */
static enum safex_kind role_in(const struct sx_tools *tools, struct unit *u)
{
	struct sx_job job = { .role = SAFEX_KIND_NONE };

	return run(tools, &job, u) ? SAFEX_KIND_NONE : u->result.role;
}

/* Beside the headers, in the tree as where it is installed. */
static const char *default_manager(const struct sx_tools *tools)
{
	static char path[sizeof(tools->sdk) + 32];
	size_t n = strlen(tools->sdk);

	while (n && tools->sdk[n - 1] == '/')
		n--;
	while (n && tools->sdk[n - 1] != '/')
		n--;
	snprintf(path, sizeof(path), "%.*smanagers/cpu.c", (int)n, tools->sdk);
	return path;
}

/* Of all sources that are no manager: the manager's attributes, then the application's. */
struct layout {
	struct unit manager;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	unsigned int n;			/* 0: not made yet */
};

static int make_layout(const struct sx_tools *tools, const struct options *o, struct layout *l)
{
	struct sx_job job = { .role = SAFEX_KIND_MANAGER, .explain = o->explain };
	int ret;

	if (l->n)
		return 0;
	ret = load(&l->manager, o->manager ? o->manager : default_manager(tools));
	if (!ret)
		ret = run(tools, &job, &l->manager);
	if (ret)
		return ret;
	memcpy(l->attrs, l->manager.result.attrs, sizeof(l->attrs));
	l->n = l->manager.result.n_attrs;
	for (unsigned int i = 0; i < o->n_own && l->n < SAFEX_ATTRS_MAX; i++)
		l->attrs[l->n++] = o->own[i];
	return 0;
}

/* What runs, and the guards of what it writes. */
static void explain(const struct unit *u, const struct unit *manager, uint64_t slots)
{
	const struct sx_result *r = &manager->result;

	if (u->result.listing)
		fputs(u->result.listing, stdout);
	if (r->rules)
		sx_explain_guard(stdout, &manager->text, r->rules, r->attrs, r->n_attrs, slots);
}

static void say_names(const char *what, const struct safex_attr *attrs, unsigned int n, uint64_t mask)
{
	printf("; %s", what);
	if (!mask)
		printf(" nothing");
	for (unsigned int i = 0; i < n; i++)
		if (mask & 1ull << i)
			printf(" %s", attrs[i].name);
}

/* What the source was understood as. */
static void summarize(const struct unit *u, const struct sx_job *job)
{
	const struct sx_result *r = &u->result;

	if (job->role == SAFEX_KIND_MANAGER) {
		printf("%s: good as a service manager with %u attributes\n", u->text.file, r->n_attrs);
		return;
	}
	printf("%s: good as a %s", u->text.file,
	       job->role == SAFEX_KIND_MONITOR ? "monitor" : "handler");
	say_names("gets", job->attrs, job->n_attrs, r->read_mask);
	say_names("sets", job->attrs, job->n_attrs, r->write_mask);
	putchar('\n');
}

static int write_objects(const char *path, const struct sx_result *result)
{
	int bad = write_object(path, "", &result->program);

	return !bad && result->guard.size ? write_object(path, ".guard", &result->guard) : bad;
}

/* What is said and written of a source that is good. */
static int finish(const struct options *o, const struct sx_job *job, const struct unit *u,
		  const struct layout *l)
{
	const bool is_manager = job->role == SAFEX_KIND_MANAGER;

	if (!o->explain && !o->output)
		summarize(u, job);
	explain(u, is_manager ? u : &l->manager, is_manager ? ALL_SLOTS : u->result.write_mask);
	return o->output ? write_objects(o->output, &u->result) : 0;
}

/* stop: nothing else can be compiled either. */
static int build(const struct sx_tools *tools, const struct options *o, const char *file,
		 struct layout *l, bool *stop)
{
	static struct unit unit;
	struct sx_job job = { .role = o->role, .attrs = l->attrs, .explain = o->explain };
	int bad = load(&unit, file);

	if (!bad && !job.role)
		bad = !(job.role = role_in(tools, &unit));
	if (!bad && job.role != SAFEX_KIND_MANAGER) {
		bad = make_layout(tools, o, l);
		*stop = bad;
	}
	job.n_attrs = l->n;
	if (!bad)
		bad = run(tools, &job, &unit);
	if (bad && unit.result.status.code == DIO_E_INTERNAL)
		*stop = true;
	if (!bad)
		bad = finish(o, &job, &unit, l);
	release(&unit);
	return !!bad;
}

static int build_all(const struct sx_tools *tools, const struct options *o)
{
	static struct layout layout;
	bool stop = false;
	int bad = 0;

	for (int i = 0; i < o->n_files && !stop; i++)
		bad |= build(tools, o, o->files[i], &layout, &stop);
	release(&layout.manager);
	return bad;
}

/* As DCreateAttrClass() would take it. 0, or the exit code. */
static int add_own(struct options *o, const char *name)
{
	struct safex_attr *a = &o->own[o->n_own];

	if (!dio_name_part_valid(name))
		return wrong("a name of an attribute is " DIO_NAME_FORM ", 31 at most, and not ", name);
	if (o->n_own == SAFEX_ATTRS_MAX)
		return wrong("there is no room for attribute ", name);
	for (unsigned int i = 0; i < o->n_own; i++)
		if (!strcmp(o->own[i].name, name))
			return wrong("given twice: attribute ", name);
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
		{ "probe", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "m:a:o:teph", longs, NULL)) != -1) {
		if (c == 'm')
			o->manager = optarg;
		else if (c == 'a' && add_own(o, optarg))
			return 2;
		else if (c == 'a')
			continue;
		else if (c == 'o')
			o->output = optarg;
		else if (c == 't')
			o->timed = true;
		else if (c == 'e')
			o->explain = true;
		else if (c == 'p')
			o->probe = true;
		else
			return c == 'h' ? help() : wrong(NULL, "");
	}
	if (o->probe)
		return -1;
	if (argc - optind > 1)
		o->role = role_of(argv[optind]);
	o->files = argv + optind + !!o->role;
	o->n_files = argc - optind - !!o->role;
	if (!o->n_files)
		return wrong("a FILE is missing", "");
	if (o->output && o->n_files > 1)
		return wrong("an object is of one FILE, and not also of ", o->files[1]);
	return -1;
}

static int probe(const struct sx_tools *tools)
{
	char text[512];

	sx_tools_print(tools, text, sizeof(text));
	puts(text);
	return 0;
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct sx_tools tools;
	int code = parse(&o, argc, argv);

	if (code >= 0)
		return code;
	if (sx_tools_find(&tools)) {
		fprintf(stderr, "safexcc: missing: %s\n", tools.missing);
		return 1;
	}
	if (o.probe)
		return probe(&tools);
	tools.timed_loops = o.timed;
	return build_all(&tools, &o);
}
