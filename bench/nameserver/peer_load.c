/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: peer-load redis PORT set|get CLIENTS SECONDS
 *        peer-load etcd PORT put|get CLIENTS SECONDS
 *        peer-load disk FILE append 1 SECONDS
 *
 * The same loops as ns-load's against other stores, on this machine: redis by its
 * own protocol, etcd by its HTTP gateway with connections that are kept. disk:
 * 4 KiB appended to FILE, and fdatasync(), each time.
 */
#include <arpa/inet.h>
#include <err.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rate.h"

#define KEYS 1000	/* of each client; values have 64 bytes */

struct load {
	struct rate rate;
	unsigned short port;
	bool writes;
};

struct client {
	struct load *load;
	unsigned int number, asked;
	uint64_t since;
	struct bufferevent *redis;
	struct evhttp_connection *etcd;
};

static const char value[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* redis. */

static void ask_redis(struct client *c)
{
	char key[32];
	int n = snprintf(key, sizeof(key), "%u/%u", c->number, c->asked++ % KEYS);

	c->since = rate_now();
	if (c->load->writes)
		evbuffer_add_printf(bufferevent_get_output(c->redis),
				    "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$64\r\n%s\r\n", n, key, value);
	else
		evbuffer_add_printf(bufferevent_get_output(c->redis),
				    "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", n, key);
}

/* "+OK", "$-1" (there is none), or "$64" and a line of as many bytes. */
static void on_redis(struct bufferevent *b, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(b);
	struct client *c = arg;
	size_t n = evbuffer_get_length(in);
	char first[5] = "";

	evbuffer_copyout(in, first, sizeof(first) - 1);
	if (n < 5 || (!strncmp(first, "$64", 3) && n < 5 + 64 + 2))
		return;
	evbuffer_drain(in, n);
	if (rate_answered(&c->load->rate, c->since, first[0] == '+' || first[0] == '$'))
		ask_redis(c);
}

static void on_redis_event(struct bufferevent *b, short what, void *arg)
{
	(void)b;
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		errx(1, "redis: the connection was lost");
}

static void begin_redis(struct client *c)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(c->load->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	c->redis = bufferevent_socket_new(c->load->rate.base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!c->redis || bufferevent_socket_connect(c->redis, (struct sockaddr *)&at, sizeof(at)))
		errx(1, "redis: no connection");
	bufferevent_setcb(c->redis, on_redis, NULL, on_redis_event, c);
	bufferevent_enable(c->redis, EV_READ | EV_WRITE);
	ask_redis(c);
}

/* etcd. */

static void ask_etcd(struct client *c);

static void on_etcd(struct evhttp_request *r, void *arg)
{
	struct client *c = arg;

	if (!r || !evhttp_request_get_response_code(r))
		errx(1, "etcd: the connection was lost");
	if (rate_answered(&c->load->rate, c->since, evhttp_request_get_response_code(r) == 200))
		ask_etcd(c);
}

/* Keys and values are base64 there: these are, as they stand. */
static void ask_etcd(struct client *c)
{
	struct evhttp_request *r = evhttp_request_new(on_etcd, c);

	if (!r)
		errx(1, "etcd: out of memory");
	evhttp_add_header(evhttp_request_get_output_headers(r), "Host", "localhost");
	evbuffer_add_printf(evhttp_request_get_output_buffer(r), "{\"key\":\"%08u%04u\"", c->number,
			    c->asked++ % KEYS);
	if (c->load->writes)
		evbuffer_add_printf(evhttp_request_get_output_buffer(r), ",\"value\":\"%s\"", value);
	evbuffer_add_printf(evhttp_request_get_output_buffer(r), "}");
	c->since = rate_now();
	if (evhttp_make_request(c->etcd, r, EVHTTP_REQ_POST,
				c->load->writes ? "/v3/kv/put" : "/v3/kv/range"))
		errx(1, "etcd: no request");
}

static void begin_etcd(struct client *c)
{
	c->etcd = evhttp_connection_base_new(c->load->rate.base, NULL, "127.0.0.1", c->load->port);
	if (!c->etcd)
		errx(1, "etcd: no connection");
	ask_etcd(c);
}

/* The disk. */

static int run_disk(struct load *load, const char *file)
{
	static const char block[4096];
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	uint64_t since;

	if (fd < 0)
		err(1, "%s", file);
	do {
		since = rate_now();
		if (write(fd, block, sizeof(block)) != sizeof(block) || fdatasync(fd))
			err(1, "%s", file);
	} while (rate_answered(&load->rate, since, true));
	close(fd);
	return rate_run(&load->rate);
}

static int run_clients(struct load *load, void (*begin)(struct client *c), unsigned int n)
{
	struct client *clients = calloc(n + 1, sizeof(*clients));

	if (!clients)
		errx(1, "out of memory");
	for (unsigned int i = 0; i < n; i++) {
		clients[i] = (struct client){ .load = load, .number = i };
		begin(&clients[i]);
	}
	return rate_run(&load->rate);
}

int main(int argc, char **argv)
{
	struct load load = { 0 };

	if (argc != 6)
		errx(2, "usage: peer-load redis|etcd|disk PORT|FILE OPERATION CLIENTS SECONDS");
	rate_begin(&load.rate, atof(argv[5]));
	if (!strcmp(argv[1], "disk"))
		return run_disk(&load, argv[2]);
	load.port = (unsigned short)atoi(argv[2]);
	load.writes = strcmp(argv[3], "get") != 0;
	return run_clients(&load, strcmp(argv[1], "etcd") ? begin_redis : begin_etcd,
			   (unsigned int)atoi(argv[4]));
}
