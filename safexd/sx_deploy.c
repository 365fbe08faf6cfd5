/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sx-deploy: speaks safexd.x by hand, in the place of a nameserver. For tests
 * of safexd alone; run as root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/safex.h>
#include "dio_error.h"
#include "dio_rpc.h"
#include "safexd_rpc.h"

#define TIMEOUT_MS 90000

static const char *control = "unix:" DIO_SAFEXD_RUNDIR "/control";
static const char *local = "unix:" DIO_SAFEXD_RUNDIR "/local";
static unsigned int uid;
static unsigned long long request = 1;
static int commit = 1;
static unsigned long long budget;

static void die(const char *what)
{
	fprintf(stderr, "sx-deploy: %s\n", what);
	exit(2);
}

static void ask_fd(const char *address, uint32_t proc, xdrproc_t in, void *args, xdrproc_t out,
		   void *result, int *fd)
{
	struct dio_rpc_wait *w = dio_rpc_wait_new(address, SAFEXD_PROG, SAFEXD_V1);
	int err = w ? dio_rpc_wait_call_fd(w, proc, in, args, out, result, TIMEOUT_MS, fd) : -ENOMEM;

	dio_rpc_wait_free(w);
	if (err) {
		fprintf(stderr, "sx-deploy: %s: %s\n", address, strerror(-err));
		exit(3);
	}
}

static void ask(uint32_t proc, xdrproc_t in, void *args, xdrproc_t out, void *result)
{
	int fd;

	ask_fd(control, proc, in, args, out, result, &fd);
}

static int say(const char *what, const dio_x_status *st)
{
	if (!st->code) {
		printf("%s: ok\n", what);
		return 0;
	}
	printf("%s: error %d, %s: %s\n", what, st->code, dio_error_text(st->code), st->message);
	return 1;
}

static int step(const char *what, uint32_t proc, dio_x_key *key)
{
	sx_key_args args = { .request = request, .uid = uid, .key = *key };
	dio_x_status st = { 0 };

	ask(proc, (xdrproc_t)xdr_sx_key_args, &args, (xdrproc_t)xdr_dio_x_status, &st);
	return say(what, &st);
}

static int prepare(dio_x_spec *spec)
{
	sx_prepare_args args = { .request = request, .uid = uid, .spec = *spec };
	sx_prepare_result result = { 0 };
	int failed;

	args.spec.budget = budget;
	ask(SX_PREPARE, (xdrproc_t)xdr_sx_prepare_args, &args,
	    (xdrproc_t)xdr_sx_prepare_result, &result);
	failed = say("prepare", &result.status);
	for (unsigned int i = 0; i < result.attrs.attrs_len; i++)
		printf("  %2u %s = %lld\n", i, result.attrs.attrs_val[i].name,
		       (long long)result.attrs.attrs_val[i].value);
	return failed || (commit && step("commit", SX_COMMIT, &spec->key));
}

static void read_source(char *path, dio_x_spec *spec)
{
	static char source[DIO_X_SOURCE + 1];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		die(strerror(errno));
	n = fread(source, 1, sizeof(source), f);
	fclose(f);
	spec->file = path;
	spec->source.source_val = source;
	spec->source.source_len = n;
}

static char *argument(char ***argv)
{
	if (!**argv)
		die("an argument is missing");
	return *(*argv)++;
}

static uint64_t number(char ***argv)
{
	return strtoull(argument(argv), NULL, 0);
}

static int program(uint32_t kind, char **argv)
{
	dio_x_spec spec = { .key = { .kind = kind, .second = "" } };

	if (kind != SAFEX_KIND_MANAGER)
		spec.key.cd = number(&argv);
	spec.key.name = argument(&argv);
	read_source(argument(&argv), &spec);
	if (*argv)
		spec.period = number(&argv);
	return prepare(&spec);
}

/* CD NAME PID [ATTRIBUTE=VALUE]... */
static int class(char **argv)
{
	dio_x_spec spec = { .key = { .kind = SAFEX_KIND_CLASS, .second = "" }, .file = "" };
	static dio_x_attr attrs[DIO_X_ATTRS];

	spec.key.cd = number(&argv);
	spec.key.name = argument(&argv);
	spec.pid = number(&argv);
	spec.attrs.attrs_val = attrs;
	for (; *argv && spec.attrs.attrs_len < DIO_X_ATTRS; argv++) {
		char *value = strchr(*argv, '=');

		if (!value)
			die("attributes are given as name=value");
		*value++ = '\0';
		attrs[spec.attrs.attrs_len].name = *argv;
		attrs[spec.attrs.attrs_len++].value = strtoll(value, NULL, 0);
	}
	return prepare(&spec);
}

static int channel(char **argv)
{
	dio_x_spec spec = { .key = { .kind = SAFEX_KIND_CHANNEL }, .file = "" };

	spec.key.cd = number(&argv);
	spec.key.name = argument(&argv);
	spec.key.second = argument(&argv);
	return prepare(&spec);
}

/* KIND CD NAME [SECOND] */
static int on_key(const char *what, uint32_t proc, char **argv)
{
	dio_x_key key = { .second = "" };

	key.kind = number(&argv);
	key.cd = number(&argv);
	key.name = argument(&argv);
	if (*argv)
		key.second = argument(&argv);
	return step(what, proc, &key);
}

static int report(void)
{
	dio_x_list_result result = { 0 };

	ask(SX_REPORT, dio_xdr_void, NULL, (xdrproc_t)xdr_dio_x_list_result, &result);
	for (unsigned int i = 0; i < result.entries.entries_len; i++) {
		const dio_x_entry *e = &result.entries.entries_val[i];

		printf("%u 0x%llx %s%s%s id %u active %u runs %llu aborts %llu refused %llu max %llu ns "
		       "violations %llu/%llu\n", e->key.kind, (unsigned long long)e->key.cd,
		       e->key.name, *e->key.second ? " -> " : "", e->key.second, e->kernel_id,
		       e->active, (unsigned long long)e->stat.runs,
		       (unsigned long long)e->stat.aborts, (unsigned long long)e->stat.refused,
		       (unsigned long long)e->stat.time_max,
		       (unsigned long long)e->stat.violations, (unsigned long long)e->stat.windows);
	}
	return say("report", &result.status);
}

static int records(char **argv)
{
	dio_x_records_args args = { .cd = *argv ? number(&argv) : 0 };
	dio_x_records_result result = { 0 };

	ask(SX_RECORDS, (xdrproc_t)xdr_dio_x_records_args, &args,
	    (xdrproc_t)xdr_dio_x_records_result, &result);
	for (unsigned int i = 0; i < result.records.records_len; i++) {
		const dio_x_record *r = &result.records.records_val[i];

		printf("%llu 0x%llx %s stage %u kind %u code %d line %u count %u: %s\n",
		       (unsigned long long)r->seq, (unsigned long long)r->cd, r->name, r->stage,
		       r->kind, r->code, r->line, r->count, r->message);
	}
	return say("records", &result.status);
}

static void show_page(const sx_open_result *result, int fd)
{
	const volatile struct safex_page *page;

	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		die(strerror(errno));
	for (unsigned int i = 0; i < result->attrs.attrs_len; i++)
		printf("  %s = %lld\n", result->attrs.attrs_val[i].name, (long long)page->value[i]);
}

/* CD MANAGER [SLOT VALUE] */
static int open_class(char **argv)
{
	sx_open_args args = { .cd = number(&argv) };
	struct safex_set set = { 0 };
	sx_open_result result = { 0 };
	int fd = -1;

	args.manager = argument(&argv);
	ask_fd(local, SX_OPEN_CLASS, (xdrproc_t)xdr_sx_open_args, &args,
	       (xdrproc_t)xdr_sx_open_result, &result, &fd);
	if (say("open", &result.status))
		return 1;
	if (fd < 0)
		die("no descriptor came");
	if (*argv) {
		set.slot = number(&argv);
		set.value = strtoll(argument(&argv), NULL, 0);
		if (ioctl(fd, SAFEX_IOC_CLASS_SET, &set))
			die(strerror(errno));
		printf("set: verdict %u\n", set.verdict);
	}
	show_page(&result, fd);
	return 0;
}

static int hello(void)
{
	sx_hello_result result = { 0 };

	ask(SX_HELLO, dio_xdr_void, NULL, (xdrproc_t)xdr_sx_hello_result, &result);
	printf("host %s boot %llx local %s\n", result.host, (unsigned long long)result.boot, result.local);
	return say("hello", &result.status);
}

/* Asks the kernel itself. */
static int objects(void)
{
	int fd = open(SAFEX_DEVICE, O_RDONLY | O_CLOEXEC);
	struct safex_info info;

	if (fd < 0 || ioctl(fd, SAFEX_IOC_INFO, &info))
		die(strerror(errno));
	printf("%u\n", info.n_objects);
	return 0;
}

static int run(const char *verb, char **argv)
{
	if (!strcmp(verb, "hello"))
		return hello();
	if (!strcmp(verb, "manager"))
		return program(SAFEX_KIND_MANAGER, argv);
	if (!strcmp(verb, "monitor"))
		return program(SAFEX_KIND_MONITOR, argv);
	if (!strcmp(verb, "handler"))
		return program(SAFEX_KIND_HANDLER, argv);
	if (!strcmp(verb, "class"))
		return class(argv);
	if (!strcmp(verb, "channel"))
		return channel(argv);
	if (!strcmp(verb, "commit"))
		return on_key(verb, SX_COMMIT, argv);
	if (!strcmp(verb, "abort"))
		return on_key(verb, SX_ABORT, argv);
	if (!strcmp(verb, "destroy"))
		return on_key(verb, SX_DESTROY, argv);
	if (!strcmp(verb, "report"))
		return report();
	if (!strcmp(verb, "records"))
		return records(argv);
	if (!strcmp(verb, "open"))
		return open_class(argv);
	if (!strcmp(verb, "objects"))
		return objects();
	die("verbs: hello manager class monitor handler channel commit abort destroy report records open objects");
	return 2;
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+c:l:u:r:b:n")) != -1) {
		switch (opt) {
		case 'c': control = optarg; break;
		case 'l': local = optarg; break;
		case 'u': uid = strtoul(optarg, NULL, 0); break;
		case 'r': request = strtoull(optarg, NULL, 0); break;
		case 'b': budget = strtoull(optarg, NULL, 0); break;
		case 'n': commit = 0; break;
		default: die("options: -c control -l local -u uid -r request -b budget -n");
		}
	}
	if (optind >= argc)
		die("a verb is missing");
	return run(argv[optind], argv + optind + 1);
}
