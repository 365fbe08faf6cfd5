/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: ns-load ADDRESS null|init|locate|list CLIENTS SECONDS
 *
 * So many connections to the nameserver at ADDRESS, each with one call at a time.
 * As root each is another user's, the first of them those that ns-fill has made
 * classes for (locate). One that makes applications (init, which is durable)
 * becomes the next user before it has as many as one may have.
 */
#include <err.h>
#include <linux/safex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dio_error.h"
#include "dio_rpc.h"
#include "dionisys_rpc.h"
#include "rate.h"

#define FIRST_UID	1000000	/* of users who are nobody else; ns-fill has it, too */
#define CLASSES		400	/* as ns-fill makes */
#define APPS		200	/* of one of them */
#define PATIENCE_MS	60000

struct load;

struct operation {
	const char *name;
	uint32_t number;
	xdrproc_t xdr_args, xdr_result;
	size_t result_size;
	enum dio_error expected;	/* result begins with a dio_x_status, if there is one */
};

struct client {
	struct load *load;
	struct dio_rpc_client *rpc;
	unsigned int number;
	unsigned int calls;		/* as this user */
	uid_t uid;
	uint64_t since;
};

struct load {
	struct rate rate;
	const char *address;
	const struct operation *operation;
	uid_t next_uid;
};

static const struct operation operations[] = {
	{ "null", 0, dio_xdr_void, dio_xdr_void, 0, DIO_E_OK },
	{ "init", NS_INIT_APP, (xdrproc_t)xdr_ns_init_args, (xdrproc_t)xdr_ns_init_result,
	  sizeof(ns_init_result), DIO_E_OK },
	/* Of a class that ns-fill makes; its host is not there. */
	{ "locate", NS_LOCATE, (xdrproc_t)xdr_dio_x_key, (xdrproc_t)xdr_ns_locate_result,
	  sizeof(ns_locate_result), DIO_E_UNREACHABLE },
	{ "list", NS_LIST, (xdrproc_t)xdr_ns_list_args, (xdrproc_t)xdr_dio_x_list_result,
	  sizeof(dio_x_list_result), DIO_E_OK },
};

static void ask(struct client *c);

static void on_answer(void *arg, int err, void *result)
{
	struct client *c = arg;
	const struct operation *o = c->load->operation;

	if (err)
		errx(1, "%s: %s", o->name, strerror(-err));
	if (rate_answered(&c->load->rate, c->since,
			  !o->result_size || *(const enum dio_error *)result == o->expected))
		ask(c);
}

/* The socket tells who connects. */
static void call(struct client *c, void *args)
{
	const struct operation *o = c->load->operation;
	bool other = !c->calls && !getuid();
	int ret;

	if (other && seteuid(c->uid))
		err(1, "another user");
	c->since = rate_now();
	ret = dio_rpc_client_call(c->rpc, o->number, o->xdr_args, args, o->xdr_result,
				  o->result_size, PATIENCE_MS, on_answer, c);
	if (other && seteuid(0))
		err(1, "root");
	if (ret)
		errx(1, "%s: %s", o->name, strerror(-ret));
	c->calls++;
}

static void connect_anew(struct client *c)
{
	dio_rpc_client_free(c->rpc);
	c->calls = 0;
	c->uid = c->load->next_uid++;
	c->rpc = dio_rpc_client_new(c->load->rate.base, c->load->address, DIONISYS_PROG,
				    DIONISYS_V1);
	if (!c->rpc)
		errx(1, "%s is no address", c->load->address);
}

static void ask(struct client *c)
{
	char name[] = "bench", class[] = "cpu", none[] = "";
	ns_init_args init = { 0, name };
	dio_x_key key = { SAFEX_KIND_CLASS, c->number % CLASSES + 1, class, none };
	ns_list_args list = { 0, 0 };

	switch (c->load->operation->number) {
	case NS_INIT_APP:
		if (c->calls == APPS)
			connect_anew(c);
		if (getrandom(&init.request, sizeof(init.request), 0) != sizeof(init.request))
			err(1, "random");
		call(c, &init);
		break;
	case NS_LOCATE:
		call(c, &key);
		break;
	default:
		call(c, &list);
	}
}

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	errx(2, "%s: not an operation", name);
}

int main(int argc, char **argv)
{
	struct load load = { .next_uid = FIRST_UID };
	struct client *clients;
	int n;

	if (argc != 5)
		errx(2, "usage: ns-load ADDRESS null|init|locate|list CLIENTS SECONDS");
	load.address = argv[1];
	load.operation = find(argv[2]);
	n = atoi(argv[3]);
	clients = calloc((size_t)n + 1, sizeof(*clients));
	if (!clients)
		errx(1, "out of memory");
	rate_begin(&load.rate, atof(argv[4]));
	for (int i = 0; i < n; i++) {
		clients[i].load = &load;
		clients[i].number = (unsigned int)i;
		connect_anew(&clients[i]);
		ask(&clients[i]);
	}
	return rate_run(&load.rate);
}
