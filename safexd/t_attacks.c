/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sx_compile.h"
#include "t_attacks.h"
#include "t_pipeline.h"

#define END "\nvoid monitor(void) { }\n"
#define IS_THERE "\n#error it is there\n#endif\n"
#define ARRAY "static const char c[] = {\n"
#define ARRAY_END "\n};\nconst char *volatile p = c;\n"
#define INCBIN(file) "asm(\".incbin \\\"" file "\\\"\");\n"

/* Relative names are of the directory that safexd runs in: the secret's. */
const struct t_leak t_leaks[] = {
	{ "include of an absolute path", "#include \"@/secret\"\n", NULL, true },
	{ "include of a path in brackets", "#include <@/secret>\n", NULL, true },
	{ "include of a relative path", "#include \"secret\"\n", NULL, true },
	{ "include by ./", "#include \"./secret\"\n", NULL, true },
	{ "include by ../ from the SDK", "#include <safex/../../../../../../../../..@/secret>\n", NULL, true },
	{ "include by ../ from a quoted name", "#include \"../../../../../../../../..@/secret\"\n", NULL, true },
	{ "include by a symbolic link", "#include \"@/link\"\n", NULL, true },
	{ "include of an empty name's file", "#include \"@/./secret\"\n", NULL, true },
	{ "include_next", "#include_next \"@/secret\"\n", NULL, true },
	{ "import", "#import \"@/secret\"\n", NULL, false },
	{ "include by a digraph", "%:include \"@/secret\"\n", NULL, false },
	{ "include behind a form feed", "\f#include \"@/secret\"\n", NULL, false },
	{ "include behind a comment", "/**/#include \"@/secret\"\n", NULL, false },
	{ "include behind the end of a comment", "/*\n*/ # include \"@/secret\"\n", NULL, false },
	{ "include with a comment inside", "#/**/include \"@/secret\"\n", NULL, false },
	{ "include over two lines", "#inc\\\nlude \"@/secret\"\n", NULL, false },
	{ "include over three lines", "#\\\ninclude\\\n\"@/secret\"\n", NULL, false },
	{ "include of a macro's name", "#define F \"@/secret\"\n%:include F\n", NULL, false },
	{ "include of a name made by #", "#define S(x) #x\n#define F S(@/secret)\n%:include F\n", NULL, false },
	{ "include in a branch of its own", "#if 1\n%: include \"@/secret\"\n#endif\n", NULL, false },
	{ "include of an open file", "%:include \"/proc/self/fd/9\"\n", NULL, false },
	{ "include of an open file by /dev", "%:include \"/dev/fd/9\"\n", NULL, false },
	{ "include by the working directory", "%:include \"/proc/self/cwd/secret\"\n", NULL, false },
	{ "include by the root directory", "%:include \"/proc/self/root/@/secret\"\n", NULL, false },
	{ "include of the users", "%:include \"/etc/passwd\"\n", "root:", false },
	{ "include of the groups", "%:include \"/etc/group\"\n", "root:", false },
	{ "incbin of an absolute path", INCBIN("@/secret"), NULL, false },
	{ "incbin of a relative path", INCBIN("secret"), NULL, false },
	{ "incbin by a symbolic link", INCBIN("@/link"), NULL, false },
	{ "incbin of a part", "asm(\".incbin \\\"@/secret\\\", 0, 32\");\n", NULL, false },
	{ "incbin of one byte", "asm(\".incbin \\\"@/secret\\\", 8, 1\");\n", NULL, false },
	{ "incbin in a function", "void f(void) { asm volatile(\".incbin \\\"@/secret\\\"\"); }\n"
	  "__attribute__((used)) void g(void) { f(); }\n", NULL, false },
	{ "incbin made by a macro", "asm(\".macro m a\\n.incbin \\\"@/\\\\a\\\"\\n.endm\\nm secret\");\n", NULL, false },
	{ "incbin in a repetition", "asm(\".rept 2\\n.incbin \\\"@/secret\\\"\\n.endr\");\n", NULL, false },
	{ "incbin of an open file", INCBIN("/proc/self/fd/9"), NULL, false },
	{ "incbin of the users", INCBIN("/etc/passwd"), "root:", false },
	{ "assembler's include", "asm(\".include \\\"@/secret\\\"\");\n", NULL, false },
	{ "assembler's include of the users", "asm(\".include \\\"/etc/passwd\\\"\");\n", "root:", false },
	{ "assembler's include, where its symbols show", "asm(\".include \\\"@/secret.s\\\"\");\n", NULL, false },
	{ "embed", ARRAY "#embed \"@/secret\"" ARRAY_END, NULL, false },
	{ "embed in brackets", ARRAY "#embed <@/secret>" ARRAY_END, NULL, false },
	{ "embed of a relative path", ARRAY "#embed \"secret\"" ARRAY_END, NULL, false },
	{ "embed of a part", ARRAY "#embed \"@/secret\" limit(24)" ARRAY_END, NULL, false },
	{ "embed of one byte in an assertion", "_Static_assert(\n#embed \"@/secret\" limit(1)\n == 1, \"\");\n",
	  "static assertion failed", false },
	{ "is a file there: __has_include", "#if __has_include(\"@/secret\")" IS_THERE, NULL, false },
	{ "is a file there: __has_include by ../", "#if __has_include(<safex/../../../../../../../../..@/secret>)" IS_THERE,
	  NULL, false },
	{ "is a file there: __has_include_next", "#if __has_include_next(\"@/secret\")" IS_THERE, NULL, false },
	{ "is a file there: __has_embed", "#if __has_embed(\"@/secret\")" IS_THERE, NULL, false },
	{ "is a file there: __has_include by a macro", "#define H __has_include(\"@/secret\")\n#if H" IS_THERE, NULL, false },
	{ "is a file there: dependency", "#pragma GCC dependency \"@/secret\"\n", NULL, false },
	{ "is a file there: _Pragma of dependency", "_Pragma(\"GCC dependency \\\"@/secret\\\"\")\n", NULL, false },
	{ "is it empty: __has_embed", "#if __has_embed(\"@/secret\") == 1" IS_THERE, NULL, false },
	{ "is a program there", "#if __has_include(\"/bin/sh\")" IS_THERE, "it is there", false },
	{ "is a library there", "#if __has_include(\"/usr/include/linux/bpf.h\") || __has_include(\"/etc/ld.so.cache\")\\\n"
	  " || __has_include(\"/etc/nsswitch.conf\")" IS_THERE, "it is there", false },
	{ "is a device there", "#if __has_include(\"/dev/null\")" IS_THERE, "it is there", false },
	{ "is a process there", "#if __has_include(\"/proc/1/stat\")" IS_THERE, "it is there", false },
	{ "is its environment there", "#if __has_include(\"/proc/self/environ\")" IS_THERE, "it is there", false },
	{ "is a setting of the kernel there", "#if __has_include(\"/proc/sys/kernel/hostname\")" IS_THERE, "it is there", false },
	{ "is a descriptor there", "#if __has_include(\"/proc/self/fd/9\")" IS_THERE, NULL, false },
	{ "is a file of the kernel there", "#if __has_include(\"/sys/kernel/notes\")" IS_THERE, "it is there", false },
	{ "path of the SDK", "void f(void) { get_attribute(1, 2, 3); s64 s64 = nothing; }\n"
	  "void g(void) { get_attribute(nothing); raise_event(); }\n", "$sdk", false },
};
const size_t t_n_leaks = sizeof(t_leaks) / sizeof(t_leaks[0]);

const struct t_bomb t_bombs[] = {
	{ "macros that double", "#define A0 x x x x x x x x\n#define A1 A0 A0 A0 A0 A0 A0 A0 A0\n"
	  "#define A2 A1 A1 A1 A1 A1 A1 A1 A1\n#define A3 A2 A2 A2 A2 A2 A2 A2 A2\n#define A4 A3 A3 A3 A3 A3 A3 A3 A3\n"
	  "#define A5 A4 A4 A4 A4 A4 A4 A4 A4\n#define A6 A5 A5 A5 A5 A5 A5 A5 A5\n#define A7 A6 A6 A6 A6 A6 A6 A6 A6\n"
	  "#define x 1,\nint a[] = { A7 A7 };\n", "", 0, "" },
	{ "string that doubles", "#define B0 \"0123456789abcdef\"\n#define B1 B0 B0 B0 B0 B0 B0 B0 B0\n"
	  "#define B2 B1 B1 B1 B1 B1 B1 B1 B1\n#define B3 B2 B2 B2 B2 B2 B2 B2 B2\n#define B4 B3 B3 B3 B3 B3 B3 B3 B3\n"
	  "#define B5 B4 B4 B4 B4 B4 B4 B4 B4\n#define B6 B5 B5 B5 B5 B5 B5 B5 B5\n#define B7 B6 B6 B6 B6 B6 B6 B6 B6\n"
	  "const char *volatile s = B7;\n", "", 0, "" },
	{ "functions that double", "s64 v;\nstatic void f0(void) { v += v * v; v ^= v << 3; }\n"
	  "#define F(n, m) static void f##n(void) { f##m(); f##m(); f##m(); f##m(); f##m(); f##m(); f##m(); f##m(); }\n"
	  "F(1, 0) F(2, 1) F(3, 2) F(4, 3) F(5, 4) F(6, 5) F(7, 6)\n"
	  "__attribute__((used)) void g(void) { f7(); }\n", "", 0, "" },
	{ "array of 1 GiB", "static char big[1 << 30] = { 1 };\nvoid *volatile p = big;\n", "", 0, "" },
	{ "array filled by a range", "int a[1 << 28] = { [0 ... (1 << 28) - 1] = 1 };\nvoid *volatile p = a;\n", "", 0, "" },
	{ "fill of 4 GB", "asm(\".fill 4000000000, 1, 1\");\n", "", 0, "" },
	{ "space of 1 TB", "asm(\".space 1000000000000, 1\");\n", "", 0, "" },
	{ "repetition of 2e9", "asm(\".rept 2000000000\\n.byte 1\\n.endr\");\n", "", 0, "" },
	{ "alignment of 1 GiB", "asm(\".byte 1\\n.p2align 30, 1\\n.byte 1\");\n", "", 0, "" },
	{ "warnings without end", "", "#warning w\n", 20000, "" },
	{ "messages without end", "", "#pragma message(\"m\")\n", 9000, "" },
	{ "notes without end", "", "#warning 0123456789012345678901234567890123456789\n", 5000, "" },
	{ "nested signs", "s64 x = ", "- ", 100000, "1;\n" },
	{ "nested pointers", "int ", "*", 250000, "p;\n" },
	{ "compiler's own crash", "#pragma clang __debug crash\n", "", 0, "" },
	{ "compiler's own overflow", "#pragma clang __debug overflow_stack\n", "", 0, "" },
	{ "random file without end", "asm(\".incbin \\\"/dev/urandom\\\"\");\n", "", 0, "" },
	{ "pipe that nobody writes", "%:include \"fifo\"\n", "", 0, "" },
};
const size_t t_n_bombs = sizeof(t_bombs) / sizeof(t_bombs[0]);

char *t_leak_source(const struct t_leak *leak, const char *directory)
{
	size_t size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (const char *c = leak->source; *c; c++) {
		if (*c == '@')
			fputs(directory, f);
		else
			fputc(*c, f);
	}
	fputs(END, f);
	fclose(f);
	return text;
}

char *t_bomb_source(const struct t_bomb *bomb)
{
	size_t size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	fputs(bomb->head, f);
	for (size_t i = 0; i < bomb->n; i++)
		fputs(bomb->piece, f);
	fprintf(f, "%s" END, bomb->tail);
	fclose(f);
	return text;
}

struct sx_tools t_tools_open(const struct sx_limits *limits)
{
	struct sx_tools tools = *t_tools();
	ssize_t n = readlink("/proc/self/exe", tools.bwrap, sizeof(tools.bwrap) - 8);

	assert_true(n > 0);
	tools.bwrap[n] = '\0';
	strcpy(strrchr(tools.bwrap, '/') + 1, "t-open");
	assert_int_equal(access(tools.bwrap, X_OK), 0);
	tools.limits = *limits;
	return tools;
}

static void keep(FILE *f, const struct sx_output *o, const struct dio_status *status)
{
	if (o->out)
		fwrite(o->out, 1, o->out_size, f);
	if (o->err)
		fwrite(o->err, 1, o->err_size, f);
	fputs(status->message, f);
}

void t_see(const struct sx_tools *tools, const char *source, struct t_seen *seen)
{
	static struct dio_status status;
	const struct sx_text code = { "x.c", source, strlen(source) };
	struct sx_compiler compiler = { .tools = tools };
	struct sx_output text, object = { 0 };
	FILE *f = open_memstream(&seen->text, &seen->size);
	const struct sx_output *last = &text;

	assert_non_null(f);
	status.message[0] = '\0';
	if (!sx_compile(&compiler, SAFEX_KIND_MONITOR, &code, &text, &status)) {
		sx_assemble(&compiler, "x.c", text.out, text.out_size, &object, &status);
		last = &object;
	}
	keep(f, &text, &status);
	keep(f, &object, &status);
	fclose(f);
	seen->limit = last->limit;
	seen->exited = last->exited;
	if (status.code == DIO_E_INTERNAL && status.message[0])
		fail_msg("%s", status.message);
	sx_output_release(&text);
	sx_output_release(&object);
}

bool t_contains(const struct t_seen *seen, const char *word)
{
	return memmem(seen->text, seen->size, word, strlen(word));
}
