/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the author of a source is told that uses what is not there: the same
 * sentence and place with every compiler, and the same as the guide has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sx_diagnostics.h"
#include "sx_own.h"
#include "sx_says.h"
#include "t_pipeline.h"

#define EXT "#include <safex/extension.h>\n"

static const struct {
	const char *what, *source, *place;
	enum sx_says says;
} refused[] = {
	{ "double",
	  EXT "void monitor(void)\n{\n\ts64 n = get_attribute(\"windows\");\n"
	      "\tdouble u = 0.4 * n;\n\traise_event(\"E\", (s64)u);\n}\n",
	  "x.c:5:19: ", SX_SAYS_FLOAT },
	{ "float of long ago", EXT "static float sum;\nvoid monitor(void)\n{\n\tsum += 0.5f;\n}\n",
	  "x.c:5:6: ", SX_SAYS_FLOAT },
	{ "comparison",
	  EXT "static double x, y;\nvoid monitor(void)\n{\n\tif (x < y)\n"
	      "\t\traise_event(\"E\", 1);\n}\n",
	  "x.c:5:8: ", SX_SAYS_FLOAT },
	{ "in a function of its own",
	  EXT "static double k = 0.5;\nstatic s64 f(s64 e)\n{\n\treturn k * e;\n}\n"
	      "void monitor(void) { raise_event(\"E\", f(get_attribute(\"windows\"))); }\n",
	  "x.c:5:13: ", SX_SAYS_FLOAT },
	{ "square root",
	  EXT "double sqrt(double);\nstatic double x;\nvoid monitor(void)\n{\n"
	      "\tx = sqrt(x);\n}\n",
	  "x.c:6: ", SX_SAYS_FLOAT },
	{ "square root of nowhere",
	  EXT "void monitor(void)\n{\n\traise_event(\"E\", sqrt(get_attribute(\"windows\")));\n}\n",
	  "x.c:4:19: ", SX_SAYS_FLOAT },
	{ "128 bits",
	  EXT "void monitor(void)\n{\n\ts64 a = get_attribute(\"windows\"), b = a + 1, c;\n"
	      "\tif (__builtin_mul_overflow(a, b, &c))\n\t\traise_event(\"E\", c);\n}\n",
	  "x.c:5:6: ", SX_SAYS_WIDE },
	{ "quotient of 128 bits",
	  EXT "void monitor(void)\n{\n\ts64 a = get_attribute(\"windows\"), c;\n"
	      "\tc = ((__int128)a << 64) / (a + 1);\n\traise_event(\"E\", c);\n}\n",
	  "x.c:5:26: ", SX_SAYS_WIDE },
	{ "large structure",
	  EXT "struct h { s64 v[256]; int n; };\nstatic struct h now, before;\n"
	      "void monitor(void)\n{\n\tbefore = now;\n\traise_event(\"N\", before.n);\n}\n",
	  "x.c:6:11: ", SX_SAYS_BULK },
	{ "reset",
	  EXT "struct h { s64 v[256]; int n; };\nstatic struct h now;\nvoid monitor(void)\n{\n"
	      "\tnow = (struct h){ 0 };\n\traise_event(\"N\", now.n++);\n}\n",
	  "x.c:6:8: ", SX_SAYS_BULK },
	{ "memset()",
	  EXT "void *memset(void *, int, unsigned long);\nstatic s64 v[9];\nvoid monitor(void)\n{\n"
	      "\tmemset(v, 0, get_attribute(\"windows\") & 63);\n}\n",
	  "x.c:6: ", SX_SAYS_BULK },
	{ "array of any size",
	  EXT "void monitor(void)\n{\n\ts64 n = get_attribute(\"windows\") & 7;\n"
	      "\ts64 v[n + 1];\n\tfor (s64 i = 0; i <= n; i++)\n\t\tv[i] = "
	      "get_attribute(\"windows\") + i;\n"
	      "\traise_event(\"N\", v[n / 2]);\n}\n",
	  "x.c:5:8: ", SX_SAYS_SIZE },
	{ "alloca()",
	  EXT "void monitor(void)\n{\n\ts64 n = get_attribute(\"windows\") & 7;\n"
	      "\ts64 *v = __builtin_alloca(n * 8 + 8);\n\tv[n] = n;\n\traise_event(\"N\", v[n / "
	      "2]);\n}\n",
	  "x.c:5:11: ", SX_SAYS_SIZE },
	{ "static array of any size",
	  EXT "void monitor(void)\n{\n\ts64 n = get_attribute(\"windows\");\n"
	      "\tstatic s64 v[n];\n\tv[0]++;\n}\n",
	  "x.c:5:15: ", SX_SAYS_SIZE },
	{ "atomic addition",
	  EXT "static s64 n;\nvoid monitor(void)\n{\n\t__sync_fetch_and_add(&n, 1);\n}\n",
	  "x.c:5: ", SX_SAYS_ATOMIC },
	{ "result of one",
	  EXT "static s64 n;\nvoid monitor(void)\n{\n"
	      "\traise_event(\"N\", __sync_fetch_and_add(&n, 1));\n}\n",
	  "x.c:5: ", SX_SAYS_ATOMIC },
	{ "atomic load",
	  EXT "static s64 n;\nvoid monitor(void)\n{\n\ts64 v;\n"
	      "\tv = __atomic_load_n(&n, __ATOMIC_SEQ_CST);\n\traise_event(\"N\", v);\n}\n",
	  "x.c:6:6: ", SX_SAYS_ATOMIC },
	{ "atomic variable",
	  EXT "static _Atomic s64 n;\nvoid monitor(void)\n{\n\ts64 v = n;\n"
	      "\traise_event(\"N\", v);\n}\n",
	  "x.c:5:10: ", SX_SAYS_ATOMIC },
	{ "fence",
	  EXT
	  "static s64 n;\nvoid monitor(void)\n{\n\tn = 1;\n\t__sync_synchronize();\n\tn = 2;\n}\n",
	  "x.c:6:2: ", SX_SAYS_ATOMIC },
	{ "small atomic",
	  EXT "static short n;\nvoid monitor(void)\n{\n"
	      "\t__atomic_fetch_or(&n, 1, __ATOMIC_RELAXED);\n}\n",
	  "x.c:5:2: ", SX_SAYS_ATOMIC },
	{ "computed goto",
	  EXT "void monitor(void)\n{\n\tstatic const void *const at[] = { &&a, &&b };\n"
	      "\tgoto *at[get_attribute(\"windows\") & 1];\na:\n\traise_event(\"A\", "
	      "1);\n\treturn;\nb:\n"
	      "\traise_event(\"B\", 1);\n}\n",
	  "x.c:5:7: ", SX_SAYS_GOTO },
	{ "kept label",
	  EXT "static void *next;\nvoid monitor(void)\n{\n\tif (next)\n\t\tgoto *next;\na:\n"
	      "\traise_event(\"A\", 1);\n\tnext = &&b;\n\treturn;\nb:\n\traise_event(\"B\", "
	      "1);\n\tnext = &&a;\n}\n",
	  "x.c:6:8: ", SX_SAYS_GOTO },
	{ "table of functions",
	  EXT "static s64 up(s64 x) { return x + MS; }\nstatic s64 down(s64 x) { return x - MS; }\n"
	      "static s64 (*const act[])(s64) = { up, down };\nvoid monitor(void)\n{\n\ts64 n = "
	      "get_attribute(\"windows\");\n"
	      "\traise_event(\"E\", act[n & 1](n));\n}\n",
	  "x.c:8: ", SX_SAYS_POINTER },
	{ "helper of BPF", EXT "void monitor(void)\n{\n\t((int (*)(void))5)();\n}\n",
	  "x.c:4: ", SX_SAYS_POINTER },
	{ "recursion with many arguments",
	  EXT "static s64 f(s64 a, s64 b, s64 c, s64 d, s64 e, s64 n)\n{\n"
	      "\treturn n < 2 ? a : f(b, c, d, e, a, n - 1) + f(c, a, d, e, b, n - 2);\n}\n"
	      "void monitor(void)\n{\n\ts64 n = f(1, 2, 3, 4, 5, get_attribute(\"windows\"));\n"
	      "\traise_event(\"N\", n);\n}\n",
	  "x.c:8:10: ", SX_SAYS_APART },
	{ "abort",
	  EXT
	  "void monitor(void)\n{\n\tif (get_attribute(\"windows\"))\n\t\t__builtin_abort();\n}\n",
	  "x.c:5: ", SX_SAYS_ABORT },
	{ "name of a static variable",
	  EXT "static s64 gr\xc3\xb6\xc3\x9f"
	      "e;\nvoid monitor(void)\n{\n"
	      "\tgr\xc3\xb6\xc3\x9f"
	      "e++;\n}\n",
	  "x.c:5: ", SX_SAYS_NAME },
	{ "name of a member", EXT "struct s { s64 gr\xc3\xb6\xc3\x9f" "e; };\nstatic struct s v;\n"
	  "void monitor(void)\n{\n\tv.gr\xc3\xb6\xc3\x9f" "e++;\n}\n",
	  "compiled object is not allowed: ", SX_SAYS_NAME },
	{ "name of a constant", EXT "enum c { rot, gr\xc3\xbcn };\nstatic enum c v;\n"
	  "void monitor(void)\n{\n\tv = get_attribute(\"windows\");\n}\n",
	  "compiled object is not allowed: ", SX_SAYS_NAME },
	{ "name of an attribute",
	  EXT "s64 v;\nvoid monitor(void)\n{\n\tv = get_attribute(\"gr\xc3\xb6\xc3\x9f"
	      "e\");\n}\n",
	  "x.c:5: ", SX_SAYS_LITERAL },
	{ "fx_mul() of a fraction",
	  EXT "void monitor(void)\n{\n\ts64 n = get_attribute(\"windows\");\n\n"
	      "\tn = fx_mul(0.4, n);\n\traise_event(\"N\", n);\n}\n",
	  "x.c:6:6: ", SX_SAYS_FLOAT },
	{ "rest of a fraction",
	  EXT "void monitor(void)\n{\n\traise_event(\"N\", get_attribute(\"windows\") % 1.5);\n}\n",
	  "x.c:4:44: ", SX_SAYS_FLOAT },
	{ "large array that is cleared",
	  EXT "void monitor(void)\n{\n\ts64 a[1000] = { 0 };\n\n"
	      "\tfor (s64 i = 0; i < 1000; i++)\n"
	      "\t\ta[i] = a[(i * 7) % 1000] + get_attribute(\"windows\");\n"
	      "\traise_event(\"X\", a[3]);\n}\n",
	  "x.c:4:6: ", SX_SAYS_FRAME },
	{ "entry with a result", EXT "int monitor(void)\n{\n\treturn 0;\n}\n", "x.c:2:5: ",
	  SX_SAYS_ENTRY },
	{ "UTF-16 with a mark", "\xff\xfe#", "x.c: ", SX_SAYS_UTF16 },
	{ "UTF-16 the other way round", "\xfe\xff", "x.c: ", SX_SAYS_UTF16 },
};

static void test_refused(void **state)
{
	static struct sx_result r;
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct sx_sentence *s = sx_says(refused[i].says);

		snprintf(expected, sizeof(expected), "%s%s: %s", refused[i].place, s->what,
			 s->advice);
		if (!t_run(SAFEX_KIND_MONITOR, refused[i].source, &r) ||
		    strcmp(r.status.message, expected))
			fail_msg("%s: %s\n%s", refused[i].what, r.status.message, expected);
		sx_result_release(&r);
	}
}

/* No compiler tells where: the place is that of the largest variable. */
static const struct {
	const char *what, *source, *place, *more;
} frames[] = {
	{ "large frame",
	  EXT "void monitor(void)\n{\n\ts64 w[100], s = 0;\n"
	      "\tfor (int i = 0; i < 100; i++)\n\t\tw[i] = get_attribute(\"windows\") * i;\n"
	      "\tfor (int i = 99; i >= 0; i--)\n\t\ts += w[i] * w[99 - i];\n\traise_event(\"S\", "
	      "s);\n}\n",
	  "x.c:4: ", ", and w takes 800" },
	{ "frame with no room for ours",
	  EXT "void monitor(void)\n{\n\ts64 w[62], s = 0;\n"
	      "\tfor (int i = 0; i < 62; i++)\n\t\tw[i] = get_attribute(\"windows\") * i;\n"
	      "\tfor (int i = 61; i >= 0; i--)\n\t\ts += w[i] * w[61 - i];\n\traise_event(\"S\", "
	      "s);\n}\n",
	  "x.c:4: ", ", and w takes 496" },
};

static void test_frames(void **state)
{
	const struct sx_sentence *s = sx_says(SX_SAYS_FRAME);
	static struct sx_result r;
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		snprintf(expected, sizeof(expected), "%s%s%s: %s", frames[i].place, s->what,
			 frames[i].more, s->advice);
		if (!t_run(SAFEX_KIND_MONITOR, frames[i].source, &r) ||
		    strcmp(r.status.message, expected))
			fail_msg("%s: %s\n%s", frames[i].what, r.status.message, expected);
		sx_result_release(&r);
	}
}

/* What is not closed is one error at the source's end, or where the compiler sees that. */
static const struct {
	const char *source, *begin, *more;
} open[] = {
	{ EXT "void monitor(void) {\n\tif (get_attribute(\"windows\")) {\n\t\traise_event(\"A\", "
	      "1);\n}\n",
	  "x.c:5:2: error: expected '}'\n", "\nx.c:2:20: note: to match this '{'" },
	{ EXT "void monitor(void)\n{", "x.c:3:2: error: expected '}'\n",
	  "\nx.c:3:1: note: to match this '{'" },
	{ EXT "void monitor(void)\n{\n\tif (1) {\n}\n\nstatic s64 f(void)\n{\n\treturn 3;\n}\n\n",
	  "x.c:11:1: error: expected '}'\n", "\nx.c:3:1: note: to match this '{'" },
	{ EXT "void monitor(void) { }\nstruct s {\n\ts64 a;\n", "x.c:4:8: error: expected '}'\n",
	  "\nx.c:3:10: note: to match this '{'" },
	{ EXT "/* never closed\nvoid monitor(void) { }\n",
	  "x.c:2:1: error: unterminated /* comment", "" },
	{ EXT "void monitor(void) { }\n#ifdef X\n",
	  "x.c:3:2: error: unterminated conditional directive", "" },
	{ EXT "void monitor(void)\n{\n\traise_event(\"A\", 1\n}\n",
	  "x.c:4:2: error: unterminated function-like macro invocation", "" },
	{ EXT "void monitor(void) { }\nstatic s64 x", "x.c:3:13: error: expected ';'", "" },
	{ EXT "void monitor(void)\n{\n\tvoid f(void) { }\n}\n",
	  "x.c:4:15: error: function definition is not allowed here", "" },
};

static unsigned int count(const char *text, const char *of)
{
	unsigned int n = 0;

	for (; (text = strstr(text, of)); text++)
		n++;
	return n;
}

static void test_open(void **state)
{
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		int ret = t_run(SAFEX_KIND_MONITOR, open[i].source, &r);
		const char *said = r.status.message;

		if (!ret || strncmp(said, open[i].begin, strlen(open[i].begin)) ||
		    !strstr(said, open[i].more) || count(said, "error:") != 1 ||
		    strstr(said, "pragma") || strstr(said, "warning:") ||
		    strstr(said, "safex_entry"))
			fail_msg("%s\n%s\n%s", open[i].source, said, open[i].begin);
		sx_result_release(&r);
	}
}

/* What the source has of its own where our headers have it too. */
static const char *const own[] = {
	EXT "static long long min(long long a, long long b) { return a < b ? a : b; }\n"
	    "static inline s64 fx_mul(s64 a, s64 b) { return a * b >> 16; }\nstatic s64 SEC = 3;\n"
	    "void monitor(void) { raise_event(\"E\", min(fx_mul(2, get_attribute(\"windows\")), "
	    "SEC)); }\n",
	EXT "static s64 max(s64 a, s64 b);\nvoid monitor(void) { raise_event(\"E\", max(1, "
	    "get_attribute(\"windows\"))); }\n"
	    "static s64 max(s64 a, s64 b)\n{\n\treturn a > b ? a : b;\n}\n",
	/* Where they are not compiled, ours are there. */
	EXT "#ifdef HOST\ntypedef unsigned long u64;\nstatic s64 max(s64 a, s64 b) { return a > b "
	    "? a : b; }\n#endif\n"
	    "static u64 n;\nvoid monitor(void) { raise_event(\"E\", max(n++, "
	    "get_attribute(\"windows\"))); }\n",
	EXT "#include <stdint.h>\ntypedef uint64_t u64;\ntypedef int64_t s64;\ntypedef uint32_t "
	    "u32;\ntypedef uint8_t u8;\n"
	    "static int64_t here;\nstatic s64 *at(void) { return &here; }\nvoid monitor(void) { "
	    "raise_event(\"E\", ++*at()); }\n",
	EXT "typedef unsigned long long u64;\ntypedef signed long long s64;\n"
	    "void monitor(void) { raise_event(\"E\", (s64)(u64)get_attribute(\"windows\")); }\n",
	EXT "static __u64 n;\nstatic __s32 m;\nstatic __always_inline s64 f(__s64 x) { return x + "
	    "m++; }\n"
	    "void monitor(void) { raise_event(\"E\", f(n++)); }\n",
	"\xef\xbb\xbf" EXT "void monitor(void) { raise_event(\"E\", 1); }\n",
	"\xef\xbb\xbfvoid monitor(void) { }\r\n",
	/* Constants, though not for all of them is this seen at once. */
	EXT "void monitor(void)\n{\n\tconst int n = 4;\n\ts64 v[n], w[(int)(FX(1) >> 14)];\n\n"
	    "\tfor (int i = 0; i < n; i++)\n\t\tv[i] = w[i] = get_attribute(\"windows\");\n"
	    "\traise_event(\"E\", v[1] + w[2]);\n}\n",
};

static void test_own(void **state)
{
	static struct sx_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (t_run(SAFEX_KIND_MONITOR, own[i], &r))
			fail_msg("%s\n%s", own[i], r.status.message);
		assert_string_equal(r.status.message, "");
		sx_result_release(&r);
	}
}

/* Its lines and columns are those of an editor, which does not show the mark. */
static void test_mark(void **state)
{
	static struct sx_result r;

	(void)state;
	assert_int_not_equal(
		t_run(SAFEX_KIND_MONITOR, "\xef\xbb\xbfnonsense x;\nvoid monitor(void) { }\n", &r),
		0);
	if (strncmp(r.status.message, "x.c:1:1: ", 9))
		fail_msg("%s", r.status.message);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The guide has each sentence, as a row of its table. */
static void test_guide(void **state)
{
	size_t size;
	char *guide = t_file("doc/extensions.md", &size), row[256];

	(void)state;
	for (enum sx_says i = SX_SAYS_NOTHING + 1; i < SX_SAYS_END; i++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s |\n", sx_says(i)->what,
			 sx_says(i)->advice);
		if (count(guide, row) != 1)
			fail_msg("not in doc/extensions.md:%s", row);
	}
	free(guide);
}

/* What compilers say, so that each one's form is read where it is not installed. */
static const struct {
	const char *said, *told;
} canned[] = {
	{ "x.c:9:30: error: A call to built-in function '__floatdidf' is not supported.\n    9 | x\n      | ^\n"
	  "x.c:9:30: note: could not determine the original source location for x.c:4:34\n"
	  "x.c:9:30: note: could not determine the original source location for x.c:3:1\n1 error generated.\n",
	  "x.c:4:34: floating point is not available in the kernel: use FX() and fx_mul()\n" },
	{ "error: x.c:4:34: in function safex_entry i32 (): A call to built-in function '__muldf3' is not supported.\n",
	  "x.c:4:34: floating point is not available in the kernel: use FX() and fx_mul()\n" },
	/* Behind the end, and with no place at all. */
	{ "error: x.c:9:1: in function safex_entry i32 (): A call to built-in function 'abort' is not supported.\n",
	  "x.c: a program cannot end its process: use safex_throw()\n" },
	{ "error: <unknown>:0:0: in function f void (i64 (i64)*): something new\n", "x.c: error: something new\n" },
	{ "fatal error: error in backend: something new\nIn function: monitor\n", "x.c: error: something new\n" },
	{ "<safexd>:3:30: error: something new\n"
	  "<safexd>:3:30: note: could not determine the original source location for x.c:2:3\n",
	  "x.c:2:3: error: something new\n" },
	/* The author's words are nobody else's. */
	{ "x.c:2:7: error: use of undeclared identifier 'brind'\n", "x.c:2:7: error: use of undeclared identifier 'brind'\n" },
	{ "x.c:2:7: error: too many arguments to function call, expected 1, have 2\n<safexd>:2:6: note: 'caught' declared here\n"
	  "void caught(exception e) {}\n     ^\n<safexd>:9:1: error: expected ';'\n2 errors generated.\n",
	  "x.c:2:7: error: too many arguments to function call, expected 1, have 2\n" },
	{ "In file included from x.c:1:\n/sdk/safex/manager.h:58:2: error: \"no\"\n", "x.c:1: error: no\n" },
	{ "In file included from x.c:9:\n/sdk/safex/manager.h:58:2: error: \"no\"\n", "In file included from x.c:9:\n/sdk/safex/manager.h:58:2: error: \"no\"\n" },
	{ "In file included from x.c:1:\n/sdk/safex/types.h:58:2: error: no\n", "In file included from x.c:1:\n/sdk/safex/types.h:58:2: error: no\n" },
	{ "x.c:2:7: error: undeclared\n 2 | y\nx.c:2:7: error: undeclared\n 2 | y\nx.c:3:7: error: undeclared\n",
	  "x.c:2:7: error: undeclared\n 2 | y\nx.c:3:7: error: undeclared\n" },
	{ "x.c:2:1: error: unterminated /* comment\nx.c:9:1: error: expected '}'\nx.c:1:1: note: to match this '{'\n",
	  "x.c:2:1: error: unterminated /* comment\n" },
	{ "<safexd>:4:3: error: expected ';'\n", "x.c:4:40: error: expected ';'\n" },
	{ "x.c:2:5: warning: a\nx.c:3:5: error: b\nerror: x.c:4:9: in function f i32 (): A call to built-in function 'abort' is not supported.\n",
	  "x.c:4:9: a program cannot end its process: use safex_throw()\nx.c:2:5: warning: a\nx.c:3:5: error: b\n" },
	{ "x.c:2:5: warning: name is not a plain string literal [-Wuser-defined-warnings]\n"
	  "error: invalid operand for inline asm constraint 'i'\n",
	  "x.c:2:5: name is not a plain string literal: write 1 to 31 ASCII characters, no quotes or backslashes\n" },
	{ "Stack dump:\n", "Stack dump:\n" },
	{ "", "" },
};

static const struct sx_text short_source = {
	"x.c", "1\n2\n3\n123456789012345678901234567890123456789\n", 46
};

static void test_canned(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(canned) / sizeof(canned[0]); i++) {
		char *told = sx_diagnostics(&short_source, canned[i].said);

		assert_string_equal(told, canned[i].told);
		free(told);
	}
}

/* A compiler repeats what a source says: whatever that is, it is read to its end. */
static void test_random(void **state)
{
	static const char *const pieces[] = { "x.c", ":", "4", "99999999999999", ":4:34: ", "error: ", "note: ", "warning: ",
		"fatal error: ", "error in backend: ", "in function ", "): ", "\n", " ", "<safexd>", "Cannot select: ", "'",
		"A call to built-in function '", "__adddf3", "could not determine the original source location for ",
		"In file included from ", " generated.", "to match this ", "expanded from macro '", "/sdk/", "[-Wvla]",
		"unterminated /* comment", "x.c:1:\n", "\"",
		"expected identifier", "function definition is not allowed here", "x.c:2:2: error: ", "<safexd>:2:2: error: " };
	const char *given = getenv("DIO_TEST_SEED");
	unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : (unsigned int)time(NULL);
	char text[2048];

	(void)state;
	print_message("DIO_TEST_SEED=%u\n", seed);
	for (int i = 0; i < 20000; i++) {
		struct sx_own own = { .n = 0 };

		text[0] = '\0';
		for (int n = rand_r(&seed) % 24; n > 0; n--)
			strcat(text, pieces[(unsigned int)rand_r(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
		free(sx_diagnostics(&short_source, text));
		for (int turns = 0; sx_own_find(&short_source, text, &own); turns++)
			assert_true(turns < 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guide),
		cmocka_unit_test(test_canned),
		cmocka_unit_test(test_random),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return t_each_compiler(group) || failed;
}
