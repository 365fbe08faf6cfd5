/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "dionisys-nameserver"

static const char help_text[] =
	"Usage: " PROGRAM " [OPTION]...\n"
	"\n"
	"Keeps what applications want at which host, and drives the hosts to it.\n"
	"\n"
	"  --database FILE      where it is kept (" DIO_STATEDIR "/nameserver.sqlite)\n"
	"  --listen ADDRESS     serve at unix:/PATH or tcp:HOST:PORT; may be repeated\n"
	"                       (unix:" DIO_RUNDIR "/nameserver); over TCP only\n"
	"                       the list of service managers is told\n"
	"  --safexd NAME=ADDRESS\n"
	"                       a host and its safexd; may be repeated\n"
	"                       (local=unix:" DIO_SAFEXD_RUNDIR "/control)\n"
	"  --allow-managers WHO root, any, or group:NAME: who creates service\n"
	"                       managers, beside root (group:dionisys)\n"
	"  --user USER          become USER once the sockets are there (dionisys)\n"
	"  --log-level LEVEL    error, warning, info or debug (info)\n"
	"  --help, --version\n"
	"\n"
	"Runs in the foreground and logs to stderr. SIGTERM ends it in order.\n"
	"When it serves, it tells NOTIFY_SOCKET, or writes R to the descriptor in\n"
	"DIO_READY_FD.\n"
	"\n"
	"Exit status: 0 ended by a signal, 1 could not start, 2 wrong usage.\n";

void ns_options_help(void)
{
	fputs(help_text, stdout);
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, PROGRAM ": %s: %s\nTry '" PROGRAM " --help'.\n", what, value);
	return -EINVAL;
}

static int add_listen(struct ns_options *o, const char *address)
{
	if (o->n_listen == NS_LISTEN_MAX)
		return wrong("too many --listen", address);
	if (strncmp(address, "unix:/", 6) && strncmp(address, "tcp:", 4))
		return wrong("--listen takes unix:/PATH or tcp:HOST:PORT, not", address);
	o->listen[o->n_listen++] = address;
	return 0;
}

static int add_safexd(struct ns_options *o, const char *value)
{
	struct ns_host_option *h = &o->safexd[o->n_safexd];
	const char *equals = strchr(value, '=');

	if (o->n_safexd == NS_SAFEXD_MAX)
		return wrong("too many --safexd", value);
	if (!equals || equals - value >= DIO_NAME_MAX)
		return wrong("--safexd takes NAME=ADDRESS, not", value);
	memcpy(h->name, value, equals - value);
	h->name[equals - value] = '\0';
	h->address = equals + 1;
	if (!dio_name_part_valid(h->name) || !h->address[0])
		return wrong("--safexd takes NAME=ADDRESS, not", value);
	o->n_safexd++;
	return 0;
}

static int set_managers(struct ns_policy *p, const char *who)
{
	if (!strcmp(who, "root")) {
		p->managers = NS_MANAGERS_ROOT;
	} else if (!strcmp(who, "any")) {
		p->managers = NS_MANAGERS_ANY;
	} else if (!strncmp(who, "group:", 6) && who[6] && strlen(who + 6) < sizeof(p->group)) {
		p->managers = NS_MANAGERS_GROUP;
		strcpy(p->group, who + 6);
	} else {
		return wrong("--allow-managers takes root, any or group:NAME, not", who);
	}
	return 0;
}

static int set_level(enum dio_log_level *level, const char *name)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*level = i;
			return 0;
		}
	return wrong("--log-level takes error, warning, info or debug, not", name);
}

static int take(struct ns_options *o, int c, const char *value)
{
	switch (c) {
	case 'd':
		o->database = value;
		return 0;
	case 'l':
		return add_listen(o, value);
	case 's':
		return add_safexd(o, value);
	case 'm':
		return set_managers(&o->policy, value);
	case 'u':
		o->user = value;
		return 0;
	case 'v':
		return set_level(&o->log_level, value);
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	default:
		fputs("Try '" PROGRAM " --help'.\n", stderr);
		return -EINVAL;
	}
}

static const struct option long_options[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "listen", required_argument, NULL, 'l' },
	{ "safexd", required_argument, NULL, 's' },
	{ "allow-managers", required_argument, NULL, 'm' },
	{ "user", required_argument, NULL, 'u' },
	{ "log-level", required_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

int ns_options_parse(int argc, char **argv, struct ns_options *out)
{
	struct ns_options o = {
		.database = DIO_STATEDIR "/nameserver.sqlite",
		.user = "dionisys",
		.policy = { .managers = NS_MANAGERS_GROUP, .group = "dionisys" },
		.log_level = DIO_LOG_INFO,
	};
	int c, err;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		err = take(&o, c, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return wrong("no arguments are taken", argv[optind]);
	if (!o.n_listen)
		o.listen[o.n_listen++] = "unix:" DIO_RUNDIR "/nameserver";
	if (!o.n_safexd)
		o.safexd[o.n_safexd++] = (struct ns_host_option){
			DIO_LOCALHOST, "unix:" DIO_SAFEXD_RUNDIR "/control",
		};
	*out = o;
	return 0;
}
