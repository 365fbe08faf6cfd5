/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_testing_rpc.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "safexd_rpc.h"

#define CALL_MS 20000

static pid_t last_peer;

/* Prepared objects die with the connection of the nameserver that prepared them. */
static void serve(struct dio_rpc_call *call, uint32_t proc, void *args)
{
	struct fake *f = dio_rpc_context(call);
	struct fake_call *c = calloc(1, sizeof(*c));

	if (proc == SX_HELLO && dio_rpc_peer(call)->pid != last_peer) {
		last_peer = dio_rpc_peer(call)->pid;
		fake_restart(f, false);
		f->boot--;
	}
	fake_serve(f, c, proc, args);
	dio_rpc_reply(call, &c->result);
	free(c);
}

#define SERVE(name, proc)                                                                          \
	static void name(struct dio_rpc_call *call, void *args)                                    \
	{                                                                                          \
		serve(call, proc, args);                                                           \
	}
SERVE(serve_hello, SX_HELLO)
SERVE(serve_prepare, SX_PREPARE)
SERVE(serve_commit, SX_COMMIT)
SERVE(serve_abort, SX_ABORT)
SERVE(serve_destroy, SX_DESTROY)
SERVE(serve_report, SX_REPORT)
SERVE(serve_records, SX_RECORDS)

#define KEYED(number, handler)                                                                     \
	{ number, #number, (xdrproc_t)xdr_sx_key_args, sizeof(sx_key_args),                        \
	  (xdrproc_t)xdr_dio_x_status, handler, 0 }

static const struct dio_rpc_proc procs[] = {
	{ SX_HELLO, "hello", dio_xdr_void, 0, (xdrproc_t)xdr_sx_hello_result, serve_hello, 0 },
	{ SX_PREPARE, "prepare", (xdrproc_t)xdr_sx_prepare_args, sizeof(sx_prepare_args),
	  (xdrproc_t)xdr_sx_prepare_result, serve_prepare, 0 },
	KEYED(SX_COMMIT, serve_commit),
	KEYED(SX_ABORT, serve_abort),
	KEYED(SX_DESTROY, serve_destroy),
	{ SX_REPORT, "report", dio_xdr_void, 0, (xdrproc_t)xdr_dio_x_list_result, serve_report, 0 },
	{ SX_RECORDS, "records", (xdrproc_t)xdr_dio_x_records_args, sizeof(dio_x_records_args),
	  (xdrproc_t)xdr_dio_x_records_result, serve_records, 0 },
};

/* In the child: until killed. */
static void serve_for_ever(const char *address, int ready)
{
	static struct fake f = { .boot = 1 };
	static struct dio_rpc_program program = {
		.number = SAFEXD_PROG, .version = SAFEXD_V1,
		.procs = procs, .n_procs = sizeof(procs) / sizeof(procs[0]), .context = &f,
	};
	struct event_base *base = event_base_new();
	struct dio_rpc_server *server = dio_rpc_server_new(base, &program, 1);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	f.boot = getpid();
	if (dio_rpc_server_listen(server, address, 0600) || write(ready, "R", 1) != 1)
		_exit(1);
	close(ready);
	event_base_dispatch(base);
	_exit(1);
}

/* False: it has ended before it was. */
static bool is_ready(int fd)
{
	char byte = 0;
	bool ready = read(fd, &byte, 1) == 1 && byte == 'R';

	close(fd);
	return ready;
}

void stage_start_safexd(struct stage *s)
{
	int p[2];

	assert_int_equal(pipe(p), 0);
	s->safexd_pid = fork();
	if (!s->safexd_pid)
		serve_for_ever(s->safexd, p[1]);
	close(p[1]);
	assert_true(is_ready(p[0]));
	dio_rpc_wait_free(s->sx);
	s->sx = dio_rpc_wait_new(s->safexd, SAFEXD_PROG, SAFEXD_V1);
}

static void become_nameserver(struct stage *s, int ready)
{
	char fd[16], host[128];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(fd, sizeof(fd), "%d", ready);
	snprintf(host, sizeof(host), "local=%s", s->safexd);
	setenv("DIO_READY_FD", fd, 1);
	execl("./dionisys-nameserver", "dionisys-nameserver", "--database", s->database,
	      "--listen", s->address, "--listen", s->tcp, "--safexd", host,
	      "--allow-managers", "any", "--user", "root", "--log-level", "error", NULL);
	_exit(127);
}

bool stage_try_nameserver(struct stage *s)
{
	int p[2];

	assert_int_equal(pipe(p), 0);
	s->nameserver_pid = fork();
	if (!s->nameserver_pid)
		become_nameserver(s, p[1]);
	close(p[1]);
	if (!is_ready(p[0]))
		return false;
	dio_rpc_wait_free(s->ns);
	s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
	return true;
}

void stage_start_nameserver(struct stage *s)
{
	assert_true(stage_try_nameserver(s));
}

void stage_seed(struct stage *s, uid_t uid, const char *host, unsigned int first, unsigned int n)
{
	struct event_base *base = event_base_new();
	struct ns_store *store;

	assert_int_equal(ns_store_sqlite_open(s->database, base, &store), 0);
	seed_rows(store, uid, host, first, n);
	ns_store_close(store);
	event_base_free(base);
}

void stage_kill(pid_t *pid, int sig)
{
	int status = 0;

	if (!*pid)
		return;
	kill(*pid, sig);
	assert_int_equal(waitpid(*pid, &status, 0), *pid);
	*pid = 0;
	/* Asked to end, it ends well: also without leaks, where a sanitizer looks. */
	if (sig == SIGTERM)
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

int stage_set_up(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_int_equal(dio_dir_make(s->dir, "test_ns_daemon"), 0);
	snprintf(s->database, sizeof(s->database), "%s/db", s->dir);
	snprintf(s->safexd, sizeof(s->safexd), "unix:%s/safexd", s->dir);
	snprintf(s->address, sizeof(s->address), "unix:%s/nameserver", s->dir);
	/* Below those that the kernel gives to clients. */
	snprintf(s->tcp, sizeof(s->tcp), "tcp:127.0.0.1:%d", 10000 + getpid() % 20000);
	stage_start_safexd(s);
	stage_start_nameserver(s);
	*state = s;
	return 0;
}

static void remove_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	assert_int_equal(rmdir(dir), 0);
}

int stage_tear_down(void **state)
{
	struct stage *s = *state;

	stage_kill(&s->nameserver_pid, SIGTERM);
	stage_kill(&s->safexd_pid, SIGKILL);
	dio_rpc_wait_free(s->ns);
	dio_rpc_wait_free(s->sx);
	remove_all(s->dir);
	free(s);
	return 0;
}

static int code_of(int err, const dio_x_status *st)
{
	return err ? err : st->code;
}

int ask_init(struct stage *s, uint64_t request, uint64_t *cd)
{
	ns_init_args a = { .request = request, .application = "test" };
	ns_init_result r = { 0 };
	int err = dio_rpc_wait_call(s->ns, NS_INIT_APP, (xdrproc_t)xdr_ns_init_args, &a,
				    (xdrproc_t)xdr_ns_init_result, &r, CALL_MS);

	err = code_of(err, &r.status);
	*cd = r.cd;
	xdr_free((xdrproc_t)xdr_ns_init_result, (char *)&r);
	return err;
}

static uint32_t create_proc(enum safex_kind kind)
{
	static const uint32_t numbers[] = {
		[SAFEX_KIND_MANAGER] = NS_CREATE_SM, [SAFEX_KIND_CLASS] = NS_CREATE_CLASS,
		[SAFEX_KIND_MONITOR] = NS_CREATE_MONITOR, [SAFEX_KIND_HANDLER] = NS_CREATE_HANDLER,
		[SAFEX_KIND_CHANNEL] = NS_CREATE_CHANNEL,
	};

	return numbers[kind];
}

static int ask_wish(struct stage *s, struct wish *x)
{
	ns_create_result r = { 0 };
	int err;

	err = dio_rpc_wait_call(s->ns, create_proc(x->args.spec.key.kind), (xdrproc_t)xdr_ns_create_args,
				&x->args, (xdrproc_t)xdr_ns_create_result, &r, CALL_MS);
	err = code_of(err, &r.status);
	xdr_free((xdrproc_t)xdr_ns_create_result, (char *)&r);
	return err;
}

int ask_create(struct stage *s, uint64_t request, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second)
{
	struct world numbers = { .next_request = request };
	struct wish x;

	wish_make(&x, &numbers, kind, cd, name, second);
	return ask_wish(s, &x);
}

int ask_class(struct stage *s, uint64_t request, uint64_t cd, const char *name, pid_t pid)
{
	struct world numbers = { .next_request = request };
	struct wish x;

	wish_make(&x, &numbers, SAFEX_KIND_CLASS, cd, name, NULL);
	x.args.spec.pid = pid;
	return ask_wish(s, &x);
}

static int ask_removal(struct stage *s, uint32_t proc, ns_destroy_args *a)
{
	dio_x_status r = { 0 };
	int err = dio_rpc_wait_call(s->ns, proc, (xdrproc_t)xdr_ns_destroy_args, a,
				    (xdrproc_t)xdr_dio_x_status, &r, CALL_MS);

	err = code_of(err, &r);
	xdr_free((xdrproc_t)xdr_dio_x_status, (char *)&r);
	return err;
}

int ask_destroy(struct stage *s, uint64_t request, enum safex_kind kind, uint64_t cd,
		const char *name, const char *second)
{
	ns_destroy_args a = {
		.request = request,
		.key = { kind, cd, (char *)name, (char *)(second ? second : "") },
	};

	return ask_removal(s, NS_DESTROY, &a);
}

int ask_end(struct stage *s, uint64_t request, uint64_t cd)
{
	ns_destroy_args a = {
		.request = request, .key = { .cd = cd, .name = "", .second = "" },
	};

	return ask_removal(s, NS_END_APP, &a);
}

static int count(int err, dio_x_list_result *r, unsigned int *active)
{
	u_int i;

	err = code_of(err, &r->status);
	*active = 0;
	for (i = 0; i < r->entries.entries_len; i++)
		*active += r->entries.entries_val[i].active;
	err = err ? -1 : (int)r->entries.entries_len;
	xdr_free((xdrproc_t)xdr_dio_x_list_result, (char *)r);
	return err;
}

int ask_list(struct stage *s, unsigned int *active)
{
	dio_x_list_result r = { 0 };
	ns_list_args a = { 0 };

	return count(dio_rpc_wait_call(s->ns, NS_LIST, (xdrproc_t)xdr_ns_list_args, &a,
				       (xdrproc_t)xdr_dio_x_list_result, &r, CALL_MS), &r, active);
}

int ask_report(struct stage *s, unsigned int *active)
{
	dio_x_list_result r = { 0 };

	return count(dio_rpc_wait_call(s->sx, SX_REPORT, dio_xdr_void, NULL,
				       (xdrproc_t)xdr_dio_x_list_result, &r, CALL_MS), &r, active);
}
