/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes that no client of ours would send, and what becomes of the daemon.
 * Every attack has a connection of its own; after each, a NULL call on a
 * fresh one must be answered by the same process.
 */
#include "vt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

#define LAST		0x80000000u
#define HEADER		10		/* words of a call without arguments */
#define REPLY		7		/* words of an accepted reply, with its mark */
#define MEGABYTES	10
#define WAIT_S		15		/* a record may take 10 s to come */

/* Where, and what a well-formed call there is: proc takes 64 bits and a string. */
static const char *address;
static uint32_t program, procedure;

static int connect_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return connect(fd, (struct sockaddr *)&un, sizeof(un)) ? -1 : fd;
}

static int connect_tcp(const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&in, sizeof(in)) ? -1 : fd;
}

static int reach(void)
{
	const struct timeval wait = { .tv_sec = WAIT_S };
	int fd = address[0] == '/' ? connect_unix(address) : connect_tcp(address);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

static bool put(int fd, const void *bytes, size_t n)
{
	return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool put_words(int fd, const uint32_t *word, size_t n)
{
	uint32_t wire[64];

	for (size_t i = 0; i < n; i++)
		wire[i] = htonl(word[i]);
	return put(fd, wire, n * 4);
}

/* A call whose record has `body` more bytes than its header. */
static bool put_call(int fd, uint32_t prog, uint32_t version, uint32_t proc, uint32_t body)
{
	const uint32_t call[] = { LAST | (HEADER * 4 + body), 77, 0, 2, prog, version, proc,
				  0, 0, 0, 0 };

	return put_words(fd, call, sizeof(call) / sizeof(call[0]));
}

/* The accept_stat of the answer, or -1. */
static int answer(int fd)
{
	uint32_t reply[REPLY];

	if (recv(fd, reply, sizeof(reply), MSG_WAITALL) != sizeof(reply) ||
	    ntohl(reply[1]) != 77 || ntohl(reply[2]) != 1 || reply[3])
		return -1;
	return (int)ntohl(reply[6]);
}

static bool closed(int fd)
{
	char rest[4096];
	ssize_t n;

	while ((n = recv(fd, rest, sizeof(rest), 0)) > 0)
		;
	return n == 0 || errno == ECONNRESET || errno == EPIPE;
}

static bool truncated(int fd)
{
	const uint32_t mark = LAST | 100;

	return put_words(fd, &mark, 1) && put(fd, "0123456789", 10) &&
	       !shutdown(fd, SHUT_WR) && closed(fd);
}

static bool truncated_mark(int fd)
{
	return put(fd, "\200", 1) && !shutdown(fd, SHUT_WR) && closed(fd);
}

/* Nobody waits for the rest for ever. */
static bool half_a_record(int fd)
{
	return put_call(fd, program, 1, procedure, 12) && put(fd, "1234", 4) && closed(fd);
}

static bool huge_mark(int fd)
{
	const uint32_t mark = 0xffffffff;

	return put_words(fd, &mark, 1) && put(fd, "0123456789", 10) && closed(fd);
}

/* The daemon may hang up before all is sent. */
static bool pour(int fd, uint32_t mark, bool each)
{
	static char block[64 * 1024];

	memset(block, 'x', sizeof(block));
	for (size_t i = 0; i < MEGABYTES * 16; i++) {
		if ((each || !i) && !put_words(fd, &mark, 1))
			break;
		if (!put(fd, block, sizeof(block)))
			break;
	}
	return closed(fd);
}

static bool ten_megabytes(int fd)	{ return pour(fd, LAST | (MEGABYTES << 20), false); }
static bool endless_fragments(int fd)	{ return pour(fd, 64 * 1024, true); }

static bool empty_fragments(int fd)
{
	static const uint32_t none[64];

	for (int i = 0; i < 100; i++)
		if (!put_words(fd, none, 64))
			break;
	return closed(fd);
}

/* Whatever it takes it for, it answers or hangs up, and does not wait for more. */
static bool garbage_record(int fd)
{
	const uint32_t mark = LAST | 4096;
	char bytes[4096];

	srandom(17);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)random();
	return put_words(fd, &mark, 1) && put(fd, bytes, sizeof(bytes)) && closed(fd);
}

static bool text(int fd)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

	return put(fd, http, sizeof(http) - 1) && closed(fd);
}

static bool no_arguments(int fd)
{
	return put_call(fd, program, 1, procedure, 0) && answer(fd) == 4;
}

static bool long_string(int fd)
{
	const uint32_t args[] = { 0, 1, 10000 };
	static char name[10000];

	memset(name, 'n', sizeof(name));
	return put_call(fd, program, 1, procedure, sizeof(args) + sizeof(name)) &&
	       put_words(fd, args, 3) && put(fd, name, sizeof(name)) && answer(fd) == 4;
}

/* The string's length is a lie. */
static bool lying_string(int fd)
{
	const uint32_t args[] = { 0, 1, 31 };

	return put_call(fd, program, 1, procedure, sizeof(args)) && put_words(fd, args, 3) &&
	       answer(fd) == 4;
}

static bool no_program(int fd)	{ return put_call(fd, 0x20001234, 1, 0, 0) && answer(fd) == 1; }
static bool no_version(int fd)	{ return put_call(fd, program, 9, 0, 0) && answer(fd) == 2; }
static bool no_procedure(int fd){ return put_call(fd, program, 1, 999, 0) && answer(fd) == 3; }

static const struct {
	const char *name;
	bool (*attack)(int fd);
} attacks[] = {
	{ "truncated-record", truncated },
	{ "truncated-mark", truncated_mark },
	{ "half-a-record", half_a_record },
	{ "mark-of-2-GB", huge_mark },
	{ "record-of-10-MB", ten_megabytes },
	{ "endless-fragments", endless_fragments },
	{ "empty-fragments", empty_fragments },
	{ "garbage-record", garbage_record },
	{ "text", text },
	{ "call-without-arguments", no_arguments },
	{ "string-of-10000-bytes", long_string },
	{ "string-longer-than-its-record", lying_string },
	{ "unknown-program", no_program },
	{ "unknown-version", no_version },
	{ "unknown-procedure", no_procedure },
};

static bool answers_null(void)
{
	int fd = reach();
	bool ok = fd >= 0 && put_call(fd, program, 1, 0, 0) && answer(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void attack(size_t i, const char *label)
{
	char name[96];
	int fd = reach();
	bool ok = fd >= 0 && attacks[i].attack(fd), alive = answers_null();

	snprintf(name, sizeof(name), "%s-to-%s", attacks[i].name, label);
	vt_result(ok && alive && vt_daemons_same(), name, "%s%s%s", ok ? "" : "other answer; ",
		  alive ? "" : "no answer to NULL; ", vt_daemons_same() ? "" : "daemon has ended");
	if (fd >= 0)
		close(fd);
}

/* LABEL /PATH|PORT nameserver|safexd */
int vt_wire(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	address = argv[1];
	program = strcmp(argv[2], "safexd") ? DIONISYS_PROG : SAFEXD_PROG;
	procedure = program == SAFEXD_PROG ? SX_OPEN_CLASS : NS_INIT_APP;
	signal(SIGPIPE, SIG_IGN);
	vt_daemons_same();
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		attack(i, argv[0]);
	return !vt_all_ok();
}
