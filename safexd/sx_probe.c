/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sx_compiler.h"
#include "sx_dialect.h"
#include "sx_probe.h"

#define LINKER	"/lib64/ld-linux-x86-64.so.2"
#define SAID	65536		/* bytes of what is said that are looked at */

/* All of an extension that is special to a compiler, a signed division, and counts of bits. */
static const char source[] =
	"#pragma clang attribute push(__attribute__((internal_linkage)), apply_to = function)\n"
	"#pragma clang attribute push(__attribute__((always_inline)), apply_to = function)\n"
	"extern long call(long) __attribute__((section(\".ksyms\")));\n"
	"long divide(long a, int b)\n"
	"{ return a / b + a % b + __builtin_clzl(a) + __builtin_ctz(b) + __builtin_popcountl(a); }\n"
	"#pragma clang attribute pop\n"
	"#pragma clang attribute pop\n"
	"__attribute__((section(\"struct_ops/x\"), used)) long entry(long *p)\n"
	"{ long a; asm volatile(\"%0 = safex_self\" : \"=r\"(a)); return divide(call(*p), a); }\n";

static const char checked[] =
	"\t.section \"struct_ops/x\",\"ax\",@progbits\n"
	"\tr1 = \"x\"+8 ll\n\tmay_goto .Lend\n\tr0 = 0\n.Lend:\n\texit\n"
	"\t.local x\n\t.comm x,16,8\n";

struct said {
	char text[SAID];
	size_t n;
};

static int memory(const void *data, size_t size)
{
	int fd = memfd_create("probe", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void child(const char *const argv[], int in, int out)
{
	int none = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(none, STDERR_FILENO) < 0)
		_exit(127);
	execve(argv[0], (char *const *)argv, (char *[]){ NULL });
	_exit(127);
}

/* Runs a trusted program. 0 if it ended well. */
static int ask(const char *const argv[], const void *input, size_t size, struct said *s)
{
	int fds[2] = { -1, -1 }, in = memory(input, size), status = -1;
	char rest[4096];
	ssize_t got;
	pid_t pid = -1;

	s->n = 0;
	if (in >= 0 && !pipe2(fds, O_CLOEXEC))
		pid = fork();
	if (!pid)
		child(argv, in, fds[1]);
	close(in);
	close(fds[1]);
	while (pid > 0 && (got = read(fds[0], s->n + 1 < SAID ? s->text + s->n : rest,
				      s->n + 1 < SAID ? SAID - 1 - s->n : sizeof(rest))) > 0)
		s->n += s->n + 1 < SAID ? (size_t)got : 0;
	s->text[s->n] = '\0';
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		return -ENOENT;
	return 0;
}

static int step(const struct sx_tools *t, enum sx_step which, const char *cpu, const char *input,
		size_t size, struct said *s)
{
	const char *argv[SX_ARGV + 1] = { t->clang };

	sx_compiler_argv(which, cpu, argv + 1);
	return input ? ask(argv, input, size, s) : -ENOMEM;
}

/* "libz.so.1 => /lib/libz.so.1 (0x7f..)" and "/lib64/ld.so (0x7f..)": the paths. */
static int take_libraries(struct sx_tools *t, const char *list)
{
	size_t n = 0;

	for (const char *line = list; line; line = strchr(line, '\n')) {
		const char *path = strchr(line += *line == '\n', '/');
		const char *next = strchr(line, '\n');
		size_t length = path ? strcspn(path, " \n") : 0;

		if (!length || (next && path > next))
			continue;
		if (n + length + 2 > sizeof(t->libraries))
			return -ENOSPC;
		memcpy(t->libraries + n, path, length);
		t->libraries[n + length] = '\0';
		n += length + 1;
	}
	t->libraries[n] = '\0';
	return n ? 0 : -ENOENT;
}

static int line_of(char *buf, size_t size, const struct said *s)
{
	size_t n = strcspn(s->text, "\n");

	if (!n || n >= size)
		return -ENOENT;
	memcpy(buf, s->text, n);
	buf[n] = '\0';
	return 0;
}

static int identify(struct sx_tools *t, const char *path, struct said *s)
{
	char real[PATH_MAX];
	int ret;

	if (!realpath(path, real) || strlen(real) >= sizeof(t->clang))
		return -ENOENT;
	strcpy(t->clang, real);
	ret = ask((const char *[]){ t->clang, "--version", NULL }, "", 0, s);
	if (!ret)
		ret = line_of(t->version, sizeof(t->version), s);
	if (!ret)
		ret = ask((const char *[]){ t->clang, "-print-resource-dir", NULL }, "", 0, s);
	if (!ret)
		ret = line_of(t->resource, sizeof(t->resource), s);
	if (!ret)
		ret = ask((const char *[]){ LINKER, "--list", t->clang, NULL }, "", 0, s);
	return ret ? ret : take_libraries(t, s->text);
}

/* With the types that the kernel wants. */
static bool compiled(int ret, const struct said *s)
{
	return !ret && strstr(s->text, ".BTF") && strstr(s->text, "safex_self");
}

static int try_compiler(struct sx_tools *t, struct said *s)
{
	static const char *const cpus[] = { "v4", "v3" };

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		char *ir;
		size_t size;

		strcpy(t->cpu, cpus[i]);
		t->divides = compiled(step(t, SX_STEP_ASSEMBLY, t->cpu, source, strlen(source), s), s);
		if (t->divides)
			return 0;
		if (step(t, SX_STEP_IR, t->cpu, source, strlen(source), s))
			continue;
		ir = sx_dialect_ir(s->text, &size);
		if (compiled(step(t, SX_STEP_FROM_IR, t->cpu, ir, size, s), s)) {
			free(ir);
			return 0;
		}
		free(ir);
	}
	return -ENOENT;
}

static int try_assembler(struct sx_tools *t, struct said *s)
{
	size_t size;
	char *bytes;
	int ret;

	t->may_goto = !step(t, SX_STEP_OBJECT, t->cpu, checked, strlen(checked), s);
	if (t->may_goto)
		return 0;
	bytes = sx_dialect_may_goto(checked, &size);
	ret = step(t, SX_STEP_OBJECT, t->cpu, bytes, size, s);
	free(bytes);
	return ret;
}

int sx_probe(struct sx_tools *t, const char *path)
{
	struct said *s;
	int ret;

	if (access(path, X_OK))
		return -ENOENT;
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	ret = identify(t, path, s);
	if (!ret)
		ret = try_compiler(t, s);
	if (!ret)
		ret = try_assembler(t, s);
	free(s);
	return ret;
}
