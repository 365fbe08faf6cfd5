/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * safexd: takes extensions from the nameserver, has them compiled, guarded
 * and loaded, and answers for what runs in this host's kernel.
 */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "dio_log.h"
#include "safexd_rpc.h"
#include "sx_judge.h"
#include "sx_members.h"
#include "sx_cache.h"
#include "sx_rpc.h"
#include "sx_start.h"

struct safexd {
	struct event_base *base;
	struct sx_tools tools;
	struct sx_loader *loader;
	struct sx_workers *workers;
	struct sx_members *members;
	struct sx_cache *cache;
	struct sx_records *records;
	struct sx_core *core;
	struct sx_rpc rpc;
	struct dio_rpc_server *control, *local;
	int failed;			/* exit status */
};

#define MEMBERS_MS	5000	/* for the user database to answer */

/* Of the servers' connections; of a class one. */
#define DESCRIPTORS	(DIO_RPC_DESCRIPTORS + SX_OBJECTS_MAX + 256)

static const struct sx_worker_limits limits = { .at_once = 2, .per_uid = 1, .queued = 16,
						 .queued_per_uid = 8, .wait_ms = 7000, .wall_ms = 60000,
						 .spare = true };

static void loader_lost(void *arg)
{
	struct safexd *d = arg;

	dio_error("nothing can be loaded any more: ending; what runs goes on running");
	d->failed = 1;
	event_base_loopexit(d->base, NULL);
}

/* First answer of the loader: it has its identity and its device. */
static void loader_ready(void *arg, const struct ld_reply *reply, int fd)
{
	struct safexd *d = arg;

	(void)fd;
	if (!reply)
		return;
	if (reply->error || reply->info.abi != SAFEX_ABI) {
		dio_error("kernel's safex speaks ABI %u, safexd %u", reply->info.abi, SAFEX_ABI);
		d->failed = 1;
		event_base_loopexit(d->base, NULL);
		return;
	}
	dio_info("serving: %u objects in the kernel, features 0x%llx", reply->info.n_objects,
		 (unsigned long long)reply->info.features);
	dio_daemon_ready();
}

/* Of the kernel; what is compiled depends on them. */
static void find_features(struct safexd *d, const struct sx_kernel *kernel)
{
	struct safex_info info;

	d->tools.timed_loops = !kernel->info(kernel->context, &info) &&
			       info.features & SAFEX_FEATURE_MAY_GOTO;
}

static int make_core(struct safexd *d, const struct sx_privileged *p, const struct sx_options *o)
{
	static char state[256], numbers[256];
	struct sx_core_parts parts = {
		.base = d->base, .tools = &d->tools, .state_dir = state,
		.managers = o->managers, .contracts = o->contracts,
		.fence = { .beyond = o->beyond }, .prepare_ms = SX_PREPARE_S * 1000, .failed = sx_records_refused,
	};

	snprintf(state, sizeof(state), "%s/state", o->run);
	snprintf(numbers, sizeof(numbers), "%s/records", o->run);
	d->loader = sx_loader_new(d->base, p->device, p->loader, loader_lost, d);
	d->cache = sx_cache_new(o->cache);
	d->records = sx_records_new(d->base, p->device, numbers);
	if (!d->loader || !d->cache || !d->records)
		return -ENOMEM;
	sx_loader_kernel(d->loader, &parts.kernel);
	find_features(d, &parts.kernel);
	d->workers = sx_workers_new(d->base, &d->tools, sx_pipeline_run_with, &limits);
	d->members = sx_members_new(d->base, sx_members_look_up, MEMBERS_MS);
	if (!d->workers || !d->members)
		return -ENOMEM;
	parts.workers = d->workers;
	parts.members = d->members;
	parts.cache = d->cache;
	parts.failed_arg = d->records;
	d->core = sx_core_new(&parts);
	return d->core ? sx_core_adopt(d->core) : -ENOMEM;
}

static int name_host(struct safexd *d, const struct sx_options *o)
{
	char name[256];

	if (o->host)
		snprintf(name, sizeof(name), "%s", o->host);
	else if (gethostname(name, sizeof(name)))
		return -errno;
	name[sizeof(name) - 1] = '\0';
	name[strcspn(name, ".")] = '\0';
	if (!dio_name_part_valid(name)) {
		dio_error("\"%s\" is no name for a host: give --host", name);
		return -EINVAL;
	}
	memcpy(d->rpc.host, name, strlen(name) + 1);
	return 0;
}

static int fill_rpc(struct safexd *d, const struct sx_options *o)
{
	const struct passwd *pw = getpwnam(o->nameserver_user);

	if (!pw) {
		dio_error("there is no user %s for the nameserver", o->nameserver_user);
		return -ENOENT;
	}
	d->rpc.nameserver = pw->pw_uid;
	d->rpc.core = d->core;
	d->rpc.records = d->records;
	if (getrandom(&d->rpc.boot, sizeof(d->rpc.boot), 0) != sizeof(d->rpc.boot))
		return -EIO;
	snprintf(d->rpc.local, sizeof(d->rpc.local), "unix:%s/local", o->run);
	return 0;
}

/*
 * The file's mode lets anybody in: this process is neither root nor the nameserver, so it
 * cannot give the file to that. The servers look at who it is that connects.
 */
static int listen_on(struct dio_rpc_server *s, const char *address)
{
	int err = s ? dio_rpc_server_listen(s, address, 0666) : -ENOMEM;

	if (err)
		dio_error("%s: %s", address, strerror(-err));
	return err;
}

static int serve(struct safexd *d, const struct sx_options *o)
{
	struct ld_request info = { .op = LD_INFO };
	struct sx_kernel kernel;
	char control[128];
	int err;

	snprintf(control, sizeof(control), "unix:%s/control", o->run);
	d->control = sx_rpc_control_new(d->base, &d->rpc);
	d->local = sx_rpc_local_new(d->base, &d->rpc);
	err = listen_on(d->control, control);
	if (!err)
		err = listen_on(d->local, d->rpc.local);
	if (!err)
		err = dio_daemon_signals(d->base);
	sx_loader_kernel(d->loader, &kernel);
	if (!err)
		err = kernel.submit(kernel.context, 0, &info, NULL, loader_ready, d);
	if (!err && event_base_dispatch(d->base) < 0)
		err = -EIO;
	return err;
}

/* Calls are answered before the connections they go to are closed. */
static void stop(struct safexd *d)
{
	sx_members_free(d->members);
	sx_workers_free(d->workers);
	sx_loader_free(d->loader);
	sx_core_free(d->core);
	sx_records_free(d->records);	/* the last refusals go there */
	sx_cache_free(d->cache);
	dio_rpc_server_free(d->control);
	dio_rpc_server_free(d->local);
	if (d->base)
		event_base_free(d->base);
}

static int find_tools(struct safexd *d)
{
	char text[512];
	int err = sx_tools_find(&d->tools);

	if (err) {
		dio_error("%s: %s", strerror(-err), d->tools.missing);
		return err;
	}
	sx_tools_print(&d->tools, text, sizeof(text));
	dio_info("compiler: %s", text);
	return 0;
}

static int run(struct safexd *d, const struct sx_options *o)
{
	struct sx_privileged privileged;
	int err = name_host(d, o);

	if (!err)
		err = sx_start(o, &privileged);
	if (err)
		return err;
	err = find_tools(d);
	if (err)
		return err;
	d->base = event_base_new();
	err = d->base ? make_core(d, &privileged, o) : -ENOMEM;
	if (!err)
		err = fill_rpc(d, o);
	if (!err)
		err = serve(d, o);
	if (err)
		dio_error("ends: %s", strerror(-err));
	return err;
}

static void usage(void)
{
	fputs("usage: safexd [options]                 (start it as root)\n"
	      "  --host NAME           of this host in names of managers\n"
	      "  --run DIR             of the sockets (" DIO_SAFEXD_RUNDIR ")\n"
	      "  --cache DIR           of compiled programs\n"
	      "                        (" DIO_SAFEXD_CACHEDIR ")\n"
	      "  --loader FILE         the privileged helper\n"
	      "  --nameserver-user U   who may deploy beside root (dionisys)\n"
	      "  --allow-managers WHO  root, any, or group:NAME: who creates service\n"
	      "                        managers, beside root (group:dionisys)\n"
	      "  --allow-contracts WHO the same of contracts (any)\n"
	      "  --beyond-limits       also where a cgroup or a nice value limits a process\n"
	      "  --no-hrtick           leave the scheduler's settings alone\n"
	      "  --debug               log more\n"
	      "  --help, --version\n",
	      stdout);
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "safexd: %s %s\nTry 'safexd --help'.\n", what, value);
	return -EINVAL;
}

static int judge_options(const struct sx_options *o)
{
	if (!sx_judge_policy_valid(o->managers))
		return wrong("--allow-managers takes root, any or group:NAME, not", o->managers);
	if (!sx_judge_policy_valid(o->contracts))
		return wrong("--allow-contracts takes root, any or group:NAME, not", o->contracts);
	return 0;
}

static int parse(int argc, char **argv, struct sx_options *o)
{
	static const struct option options[] = {
		{ "host", 1, 0, 'h' }, { "run", 1, 0, 'r' }, { "cache", 1, 0, 'c' },
		{ "loader", 1, 0, 'l' }, { "nameserver-user", 1, 0, 'n' },
		{ "allow-managers", 1, 0, 'm' }, { "allow-contracts", 1, 0, 'C' },
		{ "beyond-limits", 0, 0, 'b' },
		{ "no-hrtick", 0, 0, 't' }, { "debug", 0, 0, 'd' }, { "help", 0, 0, 'H' },
		{ "version", 0, 0, 'V' }, { 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'h': o->host = optarg; break;
		case 'r': o->run = optarg; break;
		case 'c': o->cache = optarg; break;
		case 'l': o->loader = optarg; break;
		case 'n': o->nameserver_user = optarg; break;
		case 'm': o->managers = optarg; break;
		case 'C': o->contracts = optarg; break;
		case 'b': o->beyond = true; break;
		case 't': o->hrtick = false; break;
		case 'd': dio_log_open("safexd", DIO_LOG_DEBUG); break;
		case 'H': usage(); exit(EXIT_SUCCESS);
		case 'V': puts("safexd " DIO_VERSION); exit(EXIT_SUCCESS);
		default: fputs("Try 'safexd --help'.\n", stderr); return -EINVAL;
		}
	}
	return optind < argc ? wrong("it takes options only, not", argv[optind]) : judge_options(o);
}

int main(int argc, char **argv)
{
	struct sx_options o = {
		.run = DIO_SAFEXD_RUNDIR, .cache = DIO_SAFEXD_CACHEDIR,
		.loader = DIO_PKGLIBEXECDIR "/safexd-loader", .user = "safexd",
		.loader_user = "safexd-loader", .nameserver_user = "dionisys",
		.managers = "group:dionisys", .contracts = "any", .hrtick = true,
	};
	struct safexd d = { 0 };
	int err;

	dio_log_open("safexd", DIO_LOG_INFO);
	if (parse(argc, argv, &o))
		return 2;
	err = dio_daemon_init();
	if (!err)
		err = dio_daemon_descriptors(DESCRIPTORS);
	if (!err)
		err = run(&d, &o);
	stop(&d);
	return err || d.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
