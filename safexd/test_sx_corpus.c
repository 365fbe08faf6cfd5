/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources as people write them, good and wrong, each with the verdict that its
 * author may expect: the files of corpus/verdicts/, see t_corpus.h.
 *
 * usage: test_sx_corpus [NAME]	one entry, or all of one file; then all that is
 *				said of it is shown
 * DIO_TEST_SEED	which of them, where it is a part; LONG: all of them always
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "sx_compiler.h"
#include "t_corpus.h"
#include "t_pipeline.h"

#define VERDICTS	"safexd/corpus/verdicts"
#define FILES		32
#define MANAGERS	16
#define SHOWN		3	/* lines of what is said of a wrong one */
#define OF_OTHERS	6	/* one of so many with the compiler that is not taken here */
#define SANITIZED	10

/* Managers of one file, for the classes of what comes after them. */
struct classes {
	struct sx_result result[MANAGERS];
	char name[MANAGERS][sizeof(((struct t_entry *)0)->name)];
	unsigned int n;
};

static struct sx_compilers compilers;	/* what a refused source has left loads once only */
static const char *chosen;		/* NULL: all */
static struct {
	unsigned int every, seed;	/* one of so many, from which on */
	bool quiet;
} part;
static struct {
	unsigned int run, wrong, pending, right;
} count;

static const struct sx_result *class_of(const struct classes *c, const struct t_entry *e)
{
	if (!*e->of)
		return t_cpu();
	for (unsigned int i = 0; i < c->n; i++)
		if (!strcmp(c->name[i], e->of))
			return &c->result[i];
	fail_msg("%s: there is no manager %s before it", e->name, e->of);
	return NULL;
}

/* The class's layout: the manager's attributes, then the application's. */
static void layout(const struct classes *c, const struct t_entry *e, struct safex_attr *attrs,
		   struct sx_job *job)
{
	const struct sx_result *manager = class_of(c, e);

	memcpy(attrs, manager->attrs, sizeof(manager->attrs));
	job->attrs = attrs;
	job->n_attrs = manager->n_attrs;
	for (unsigned int i = 0; i < e->n_own; i++) {
		struct safex_attr *a = &attrs[job->n_attrs++];

		*a = (struct safex_attr){ .rights = SAFEX_APP_READ | SAFEX_APP_WRITE | SAFEX_EXT_READ };
		strcpy(a->name, e->own[i]);
	}
}

static int run(struct classes *c, const struct t_entry *e, struct sx_result *r)
{
	struct sx_job job = { .role = e->role, .file = e->file, .source = e->source, .length = e->length };
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	int ret;

	/* As safexcc does, where no role is told. */
	if (!job.role) {
		ret = sx_pipeline_run_with(&compilers, &job, r);
		if (ret)
			return ret;
		job.role = r->role;
		sx_result_release(r);
	}
	if (job.role != SAFEX_KIND_MANAGER)
		layout(c, e, attrs, &job);
	return sx_pipeline_run_with(&compilers, &job, r);
}

/* Is this line of the entry's place? What it says then, else NULL. */
static const char *of_place(const char *line, const struct t_entry *e)
{
	size_t n = strlen(e->file);
	char place[16];

	if (strncmp(line, e->file, n))
		return NULL;
	line += n;
	if (!e->line)
		return isdigit((unsigned char)line[strspn(line, ":")]) ? NULL : line;
	snprintf(place, sizeof(place), ":%u:", e->line);
	return strncmp(line, place, strlen(place)) ? NULL : line + strlen(place);
}

/* Does a line of text say these words of this line? first: only the first line counts. */
static bool says(const char *text, const struct t_entry *e, bool first)
{
	for (const char *line = text; *line; line += *line == '\n') {
		const char *end = line + strcspn(line, "\n"), *words = of_place(line, e);

		words = words ? strstr(words, e->words) : NULL;
		if (words && words < end)
			return true;
		if (first)
			return false;
		line = end;
	}
	return false;
}

/* What is ours and not the author's is nothing to him. */
static bool says_too_much(const char *text)
{
	static const char *const ours[] = { "safex_entry", "SAFEX_PROGRAM", "pragma clang attribute",
		"_license", "<stdin>" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strstr(text, ours[i]))
			return true;
	return false;
}

static bool right(const struct t_entry *e, int ret, const struct sx_result *r)
{
	const char *text = r->status.message;

	if (says_too_much(text))
		return false;
	if (e->verdict == T_REFUSED)
		return ret && says(text, e, true);
	if (e->verdict == T_WARNS)
		return !ret && says(text, e, false);
	return !ret && !*text;
}

/* All of it where it was asked for, else its beginning. */
static void show(const char *text)
{
	unsigned int lines = chosen ? ~0u : SHOWN;

	for (const char *line = text; *line && lines; line += *line == '\n', lines--) {
		int n = (int)strcspn(line, "\n");

		print_message("    %.*s\n", n, line);
		line += n;
	}
}

static void tell(const char *theme, const struct t_entry *e, int ret, const struct sx_result *r)
{
	static const char *const verdicts[] = { "ok", "warns", "refused" };
	char line[32] = "";

	if (e->line)
		snprintf(line, sizeof(line), " line %u", e->line);
	print_message("%s/%s%s%s\n  expected: %s%s %s\n  came: %s\n", theme, e->name,
		      *e->pending ? " pending " : "", e->pending, verdicts[e->verdict], line, e->words,
		      ret ? "refused" : "taken");
	show(r->status.message);
}

static void judge(const char *theme, const struct t_entry *e, int ret, const struct sx_result *r)
{
	bool is_right = right(e, ret, r);

	count.run++;
	if (*e->pending) {
		count.pending++;
		count.right += is_right;
		if (is_right && !part.quiet)
			print_message("%s/%s is right now: remove its mark \"pending %s\"\n", theme,
				      e->name, e->pending);
	} else if (!is_right) {
		count.wrong++;
	}
	if ((!is_right || chosen) && !part.quiet)
		tell(theme, e, ret, r);
}

static bool wanted(const char *theme, const struct t_entry *e)
{
	if (chosen)
		return !strcmp(chosen, theme) || !strcmp(chosen, e->name);
	return ++part.seed % part.every == 0;
}

/* A manager is run for those that come after it, and its result is kept. */
static void one(struct classes *c, const char *theme, const struct t_entry *e)
{
	static struct sx_result result;
	bool is_wanted = wanted(theme, e);
	int ret;

	if (!is_wanted && e->role != SAFEX_KIND_MANAGER)
		return;
	ret = run(c, e, &result);
	if (is_wanted)
		judge(theme, e, ret, &result);
	if (ret || !result.guard.size || c->n == MANAGERS) {
		sx_result_release(&result);
		return;
	}
	c->result[c->n] = result;
	snprintf(c->name[c->n++], sizeof(c->name[0]), "%s", e->name);
}

/* How many of a theme's entries got another verdict. */
static unsigned int all(const char *theme, const char *text)
{
	struct classes *c = calloc(1, sizeof(*c));
	unsigned int before = count.wrong;
	struct t_entry e;

	while (t_corpus_next(&text, &e)) {
		one(c, theme, &e);
		free(e.source);
	}
	while (c->n)
		sx_result_release(&c->result[--c->n]);
	free(c);
	return count.wrong - before;
}

static char *text_of(const char *theme)
{
	char path[512];
	size_t size;

	snprintf(path, sizeof(path), VERDICTS "/%s.c", theme);
	return t_file(path, &size);
}

static void test_theme(void **state)
{
	char *text = text_of(*state);
	unsigned int wrong = all(*state, text);

	free(text);
	if (wrong)
		fail_msg("%s: %u with another verdict, told above", (const char *)*state, wrong);
}

/* The test itself: each of these is another one than is expected. */
static void test_wrong_ones(void **state)
{
	static const char text[] =
		"//// taken monitor: refused 1 \"error\"\nvoid monitor(void) { }\n"
		"//// refused monitor: ok\nvoid monitor(void) { x; }\n"
		"//// line monitor: refused 2 \"'x'\"\nvoid monitor(void) { x; }\n"
		"//// words monitor: refused 1 \"'y'\"\nvoid monitor(void) { x; }\n"
		"//// quiet monitor: warns 1 \"unused\"\nvoid monitor(void) { }\n"
		"//// roles: ok\nvoid handler(event e) { }\nvoid monitor(void) { }\n"
		"//// marked monitor: ok pending nobody\nvoid monitor(void) { x; }\n"
		"//// right monitor: refused 1 \"'x'\"\nvoid monitor(void) { x<0x3b> }\n";

	(void)state;
	part.every = 1;
	part.quiet = true;
	assert_int_equal(all("itself", text), 6);
}

static int is_source(const struct dirent *d)
{
	const char *end = strrchr(d->d_name, '.');

	return end && !strcmp(end, ".c");
}

/* Is something of it wanted? */
static bool has_chosen(const char *theme)
{
	char *text, mark[64];
	bool has;

	if (!chosen || !strcmp(chosen, theme))
		return true;
	snprintf(mark, sizeof(mark), "\n//// %s", chosen);
	text = text_of(theme);
	has = strstr(text, mark);
	free(text);
	return has;
}

static unsigned int themes(struct CMUnitTest *tests)
{
	static struct dirent **list;	/* the names of the tests are in it */
	int files = scandir(T_SOURCE "/" VERDICTS, &list, is_source, alphasort);
	unsigned int n = 0;

	assert_in_range(files, 1, FILES);
	for (int i = 0; i < files; i++) {
		char *theme = list[i]->d_name;

		*strrchr(theme, '.') = '\0';
		if (has_chosen(theme))
			tests[n++] = (struct CMUnitTest){ theme, test_theme, NULL, NULL, theme };
	}
	return n;
}

static double cpu_seconds(void)
{
	struct rusage own, theirs;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &theirs);
	return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + theirs.ru_utime.tv_sec +
			theirs.ru_stime.tv_sec) +
	       (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec + theirs.ru_utime.tv_usec +
			theirs.ru_stime.tv_usec) / 1e6;
}

/* Is it the one that safexd would take here? */
static bool is_taken(const struct sx_tools *tools)
{
	static struct sx_tools taken;

	unsetenv("DIONISYS_CLANG");
	assert_int_equal(sx_tools_find(&taken), 0);
	return !strcmp(taken.clang, tools->clang);
}

/* All of it takes a minute or two with the sanitizers, and as long with the other compiler. */
static void choose_part(void)
{
	const char *given = getenv("DIO_TEST_SEED");

	part.seed = given ? (unsigned int)atoi(given) : (unsigned int)getpid();
	part.every = is_taken(t_tools()) ? 1 : OF_OTHERS;
#ifdef __SANITIZE_ADDRESS__
	part.every = SANITIZED;
#endif
	if (getenv("LONG"))
		part.every = 1;
	print_message("one of %u, DIO_TEST_SEED=%u\n", part.every, part.seed);
}

static int group(void)
{
	struct CMUnitTest tests[FILES + 1];
	unsigned int n = themes(tests);
	int failed;

	if (!chosen) {
		choose_part();
		tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_wrong_ones);
	}
	sx_compilers_init(&compilers, t_tools());
	failed = _cmocka_run_group_tests("corpus", tests, n, NULL, NULL);
	sx_compilers_drop(&compilers);
	print_message("%u sources in %.1f s of CPU: %u pending, of those %u right now\n", count.run,
		      cpu_seconds(), count.pending, count.right);
	return failed || !count.run;
}

int main(int argc, char **argv)
{
	chosen = argc > 1 ? argv[1] : NULL;
	return t_each_compiler(group);
}
