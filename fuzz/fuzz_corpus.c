/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main() for a fuzz target without libFuzzer: runs each file of a corpus
 * directory, and each with every single byte spoilt, so that `make check`
 * covers what the fuzzer found once.
 *
 * usage: test_x [DIRECTORY]
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX	65536	/* bytes of a corpus file that are used */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void run_spoilt(uint8_t *data, size_t size)
{
	static const uint8_t spoils[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	size_t at, i;
	uint8_t was;

	run(data, size);
	for (at = 0; at < size && at < 512; at++) {
		was = data[at];
		for (i = 0; i < sizeof(spoils); i++) {
			data[at] = spoils[i];
			run(data, size);
		}
		data[at] = was;
		run(data, at);
	}
}

static int run_file(const char *dir, const char *name)
{
	static uint8_t data[FILE_MAX];
	char path[4096];
	size_t size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	run_spoilt(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *e;
	const char *dir = argc == 2 ? argv[1] : FUZZ_CORPUS;
	int n = 0, failed = 0;
	DIR *d = opendir(dir);

	if (!d) {
		perror(dir);
		return 1;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		failed |= run_file(dir, e->d_name);
		n++;
	}
	closedir(d);
	printf("%d corpus files\n", n);
	return failed || n == 0;
}
