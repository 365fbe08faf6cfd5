/* SPDX-License-Identifier: GPL-2.0-only */
/* Start-up, in the order of main(), and orderly end, of the nameserver. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>

#include "dio_daemon.h"
#include "ns_core.h"
#include "ns_link.h"
#include "ns_options.h"
#include "ns_rpc.h"

#define DESCRIPTORS 8192

_Static_assert(DESCRIPTORS >= DIO_RPC_DESCRIPTORS, "the server has room for all its connections");

struct daemon {
	struct ns_options	options;
	struct event_base      *base;
	struct dio_rpc_program	program;
	struct dio_rpc_server  *server;
	struct ns_store	       *store;		/* ns's */
	struct ns	       *ns;
};

static int failed(const char *what, int err)
{
	if (err)
		dio_error("%s: %s", what, strerror(-err));
	return err;
}

/* Each connection, process and host is a descriptor. */
static int raise_limits(struct daemon *d)
{
	(void)d;
	return dio_daemon_descriptors(DESCRIPTORS);
}

/* Once: looking a group up may take long, and its number does not change. */
static int find_group(struct daemon *d)
{
	struct ns_policy *p = &d->options.policy;
	const struct group *gr = NULL;

	if (p->managers == NS_MANAGERS_GROUP)
		gr = getgrnam(p->group);
	p->gid = gr ? gr->gr_gid : (gid_t)-1;
	if (p->managers == NS_MANAGERS_GROUP && !gr)
		dio_warn("group %s does not exist: only root creates service managers", p->group);
	return 0;
}

static int make_loop(struct daemon *d)
{
	d->base = event_base_new();
	return d->base ? dio_daemon_signals(d->base) : -ENOMEM;
}

static bool in_directory(const char *file, const char *directory)
{
	size_t n = strlen(directory);

	return !strncmp(file, directory, n) && file[n] == '/' && !strchr(file + n + 1, '/');
}

static bool is_socket_in(const char *address, const char *directory)
{
	static const char prefix[] = "unix:";

	return !strncmp(address, prefix, strlen(prefix)) &&
	       in_directory(address + strlen(prefix), directory);
}

/* Only our own directories; any other is the operator's to make. */
static int make_directories(struct daemon *d)
{
	struct passwd *pw = getuid() ? NULL : getpwnam(d->options.user);
	unsigned int i;
	int err = 0;

	if (getuid())
		return 0;
	if (!pw) {
		dio_error("user %s does not exist: create it, or give --user", d->options.user);
		return -ENOENT;
	}
	if (in_directory(d->options.database, DIO_STATEDIR))
		err = dio_daemon_directory(DIO_STATEDIR, 0700, pw->pw_uid, pw->pw_gid);
	for (i = 0; !err && i < d->options.n_listen; i++)
		if (is_socket_in(d->options.listen[i], DIO_RUNDIR))
			err = dio_daemon_directory(DIO_RUNDIR, 0755, pw->pw_uid, pw->pw_gid);
	return err;
}

static int open_sockets(struct daemon *d)
{
	unsigned int i;
	int err;

	d->server = dio_rpc_server_new(d->base, &d->program, 1);
	if (!d->server)
		return -ENOMEM;
	for (i = 0; i < d->options.n_listen; i++) {
		/* Everybody may ask; who may do what is decided per request. */
		err = dio_rpc_server_listen(d->server, d->options.listen[i], 0666);
		if (err)
			return failed(d->options.listen[i], err);
	}
	return 0;
}

static int drop_root(struct daemon *d)
{
	static const char *const none[] = { NULL };

	/* Started by an ordinary user: a test, or a service manager that did it. */
	return getuid() ? 0 : dio_daemon_become(d->options.user, none);
}

static int open_store(struct daemon *d)
{
	int err = ns_store_sqlite_open(d->options.database, d->base, &d->store);

	if (err)
		return failed(d->options.database, err);
	d->ns = ns_new(d->base, d->store, &d->options.policy);
	if (!d->ns) {
		ns_store_close(d->store);
		return -ENOMEM;
	}
	ns_rpc_program(d->ns, &d->program);
	return 0;
}

static int add_hosts(struct daemon *d)
{
	unsigned int i;

	for (i = 0; i < d->options.n_safexd; i++) {
		const struct ns_host_option *o = &d->options.safexd[i];
		void *link = ns_link_new(d->base, o->address);
		int err = link ? ns_add_host(d->ns, o->name, o->address, &ns_link_rpc, link) :
				 -EINVAL;

		if (err)
			return failed(o->address, err);
	}
	return ns_start(d->ns);
}

static const struct {
	const char *what;
	int (*step)(struct daemon *d);
} steps[] = {
	{ "limits", raise_limits },
	{ "group", find_group },
	{ "event loop", make_loop },
	/* As root still: directories and sockets in places of the system. */
	{ "directories", make_directories },
	{ "sockets", open_sockets },
	/* From here on nothing needs rights; the database is the user's own. */
	{ "user", drop_root },
	/* Nobody is served before the loop runs, so the store need not come first. */
	{ "database", open_store },
	{ "hosts", add_hosts },
};

static int start(struct daemon *d)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = failed(steps[i].what, steps[i].step(d));
	return err;
}

/* First the core, which answers what is under way; then the connections. */
static void stop(struct daemon *d)
{
	ns_free(d->ns);
	dio_rpc_server_free(d->server);
	if (d->base)
		event_base_free(d->base);
}

static int run(struct daemon *d)
{
	int err = failed("start", dio_daemon_init());

	if (!err)
		err = start(d);
	if (!err)
		err = failed("readiness", dio_daemon_ready());
	if (!err)
		dio_info("serving, database %s", d->options.database);
	if (!err && event_base_dispatch(d->base) < 0)
		err = failed("event loop", -EIO);
	if (!err)
		err = failed(d->options.database, ns_store_broken(d->store));
	stop(d);
	return err;
}

int main(int argc, char **argv)
{
	struct daemon d = { 0 };

	if (ns_options_parse(argc, argv, &d.options))
		return 2;
	if (d.options.help) {
		ns_options_help();
		return 0;
	}
	if (d.options.version) {
		puts("dionisys-nameserver " DIO_VERSION);
		return 0;
	}
	dio_log_open("dionisys-nameserver", d.options.log_level);
	return run(&d) ? 1 : 0;
}
