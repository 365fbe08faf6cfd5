/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "t_pipeline.h"

const struct sx_tools *t_tools(void)
{
	static struct sx_tools tools;

	if (!*tools.clang) {
		setenv("DIONISYS_SDK", T_SOURCE "/safexd/sdk", 1);
		assert_int_equal(sx_tools_find(&tools), 0);
	}
	return &tools;
}

static int with_compiler(const char *path, int (*tests)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		setenv("DIONISYS_CLANG", path, 1);
		exit(tests() ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

int t_each_compiler(int (*tests)(void))
{
	static const char *const paths[] = { "/usr/bin/clang-19", "/usr/bin/clang-14" };
	int failed = 0, n = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], X_OK))
			continue;
		print_message("compiler: %s\n", paths[i]);
		failed |= with_compiler(paths[i], tests);
		n++;
	}
	return failed || !n;
}

char *t_file(const char *path, size_t *size)
{
	char name[512], *data = calloc(1, SX_SOURCE_MAX + 1);
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", T_SOURCE, path);
	f = fopen(name, "re");
	assert_non_null(f);
	*size = fread(data, 1, SX_SOURCE_MAX, f);
	fclose(f);
	return data;
}

const struct sx_result *t_cpu(void)
{
	static struct sx_result result;
	struct sx_job job = { .role = SAFEX_KIND_MANAGER, .file = "cpu.c" };
	char *source;

	if (result.program.data)
		return &result;
	job.source = source = t_file("safexd/managers/cpu.c", &job.length);
	if (sx_pipeline_run(t_tools(), &job, &result))
		fail_msg("cpu.c: %s", result.status.message);
	free(source);
	return &result;
}

static int run(const struct sx_tools *tools, enum safex_kind role, const char *text,
	       struct sx_result *result)
{
	const struct sx_result *cpu = t_cpu();
	struct sx_job job = { .role = role, .file = "x.c", .source = text, .length = strlen(text),
			      .attrs = cpu->attrs, .n_attrs = cpu->n_attrs };

	return sx_pipeline_run(tools, &job, result);
}

int t_run(enum safex_kind role, const char *text, struct sx_result *result)
{
	return run(t_tools(), role, text, result);
}

int t_run_timed(enum safex_kind role, const char *text, struct sx_result *result)
{
	struct sx_tools tools = *t_tools();

	tools.timed_loops = true;
	return run(&tools, role, text, result);
}
