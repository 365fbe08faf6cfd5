/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_safexd_internal.h"
#include "ns_testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_log.h"

#define PATIENCE_MS	20000	/* a wait that is longer is a failure */
#define TICK_MS		1

/* Each effect on store or host is a step, before and after which all may die. */
bool world_alive(struct world *w)
{
	if (w->dead)
		return false;
	w->steps_taken++;
	if (w->steps > 0 && !--w->steps)
		w->dead = true;
	return !w->dead;
}

/* A store that outlives its nameserver, and dies with the world. */
struct mortal {
	struct ns_store	store;
	struct world	*world;
};

static struct ns_store *disk_of(struct ns_store *s)
{
	return ((struct mortal *)s)->world->disk;
}

static int mortal_get(struct ns_store *s, const char *key, struct ns_value *out)
{
	int err = ns_store_get(disk_of(s), key, out);

	((struct mortal *)s)->world->rows_read += !err;
	return err;
}

static int mortal_list(struct ns_store *s, const char *prefix, const char *after, size_t limit,
		       struct ns_items *out)
{
	struct world *w = ((struct mortal *)s)->world;
	int err = w->list_fails ? w->list_fails : ns_store_list(w->disk, prefix, after, limit, out);

	w->list_fails = 0;
	w->lists++;
	w->rows_read += err ? 0 : out->n;
	return err;
}

struct mortal_answer {
	struct mortal_answer *next;
	ns_store_done *done;
	void	      *arg;
	int	       err;
	uint64_t       revision;
};

static void mortal_answer(evutil_socket_t fd, short what, void *arg)
{
	struct mortal_answer a = *(struct mortal_answer *)arg;

	(void)fd;
	(void)what;
	free(arg);
	a.done(a.arg, a.err, a.revision);
}

static void keep_answer(void *arg, int err, uint64_t revision)
{
	struct mortal_answer *a = arg;

	a->err = err;
	a->revision = revision;
}

static void mortal_wait(struct world *w, struct mortal_answer *a)
{
	struct mortal_answer **last = &w->standing;

	while (*last)
		last = &(*last)->next;
	*last = a;
}

void world_disk_goes_on(struct world *w)
{
	struct mortal_answer *a;

	w->stands = false;
	while ((a = w->standing)) {
		w->standing = a->next;
		mortal_answer(-1, 0, a);
	}
}

static void mortal_commit(struct ns_store *s, const struct ns_txn *t, ns_store_done *done, void *arg)
{
	struct world *w = ((struct mortal *)s)->world;
	struct mortal_answer *a = calloc(1, sizeof(*a));

	w->commits++;
	*a = (struct mortal_answer){ .done = done, .arg = arg, .err = -EIO };
	if (world_alive(w))
		ns_store_commit(w->disk, t, keep_answer, a);
	if (!world_alive(w))
		a->err = -EIO;
	if (w->stands)
		mortal_wait(w, a);
	else if (w->asynchronous && !w->ns->closing)
		event_base_once(w->base, -1, EV_TIMEOUT, mortal_answer, a, NULL);
	else
		mortal_answer(-1, 0, a);
}

static uint64_t mortal_revision(struct ns_store *s)
{
	return ns_store_revision(disk_of(s));
}

static void mortal_close(struct ns_store *s)
{
	free(s);
}

static const struct ns_store_engine mortal_engine = {
	.name = "mortal",
	.get = mortal_get,
	.list = mortal_list,
	.commit = mortal_commit,
	.revision = mortal_revision,
	.close = mortal_close,
};

static struct ns_store *mortal_new(struct world *w)
{
	struct mortal *m = calloc(1, sizeof(*m));

	m->store.engine = &mortal_engine;
	m->world = w;
	return &m->store;
}

/* The world. */

int world_set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	dio_log_open("test", DIO_LOG_ERROR);
	w->base = event_base_new();
	w->disk = ns_store_mem_new();
	w->host = (struct fake){ .world = w, .boot = 1 };
	w->policy.managers = NS_MANAGERS_ANY;
	w->who = (struct ns_principal){ .local = true, .uid = 1000, .gid = 1000, .pid = getpid() };
	w->steps = -1;
	w->next_request = 1;
	*state = w;
	return 0;
}

void world_begin(struct world *w)
{
	struct fake_link *l = calloc(1, sizeof(*l));

	w->dead = false;
	w->ns = ns_new(w->base, mortal_new(w), &w->policy);
	l->fake = &w->host;
	w->host.n_links++;
	assert_int_equal(ns_add_host(w->ns, "local", "unix:/fake", &fake_ops, l), 0);
	assert_int_equal(ns_start(w->ns), 0);
}

void world_turn(struct world *w)
{
	struct timeval tick = { 0, TICK_MS * 1000 };

	event_base_loopexit(w->base, &tick);
	event_base_dispatch(w->base);
}

/* Nothing to do: the tick ends the round. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void world_until(struct world *w, bool (*done)(void *arg), void *arg)
{
	struct timeval tick = { 0, TICK_MS * 1000 };
	struct event *ticks = event_new(w->base, -1, EV_PERSIST, on_tick, NULL);
	int64_t end = dio_now_ms() + PATIENCE_MS;

	event_add(ticks, &tick);
	while (!done(arg) && dio_now_ms() < end)
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(ticks);
	assert_true(done(arg));
}

static bool is_set(void *flag)
{
	return *(bool *)flag;
}

void world_wait(struct world *w, bool *flag)
{
	world_until(w, is_set, flag);
}

static bool is_ready(void *world)
{
	struct world *w = world;

	return ns_safexd_ready(w->ns->host[0]);
}

void world_start(struct world *w)
{
	world_begin(w);
	world_until(w, is_ready, w);
}

void world_crash(struct world *w)
{
	w->dead = true;
	w->steps = -1;
	ns_free(w->ns);
	w->ns = NULL;
	/* The connection went with it: safexd drops what was only prepared. */
	fake_restart(&w->host, false);
	w->host.boot--;
}

int world_tear_down(void **state)
{
	struct world *w = *state;

	ns_free(w->ns);
	assert_int_equal(w->host.n_links, 0);
	ns_store_close(w->disk);
	event_base_free(w->base);
	free(w);
	return 0;
}

void said_answer(void *arg, const struct dio_status *st, uint64_t cd, struct ns_attrs *layout)
{
	struct said *s = arg;

	s->done = true;
	s->times++;
	s->status = *st;
	s->cd = cd;
	s->layout = *layout;
}

void wish_make(struct wish *x, struct world *w, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second)
{
	static char source[] = "void monitor(void) { }\n";
	bool has_source = kind != SAFEX_KIND_CLASS && kind != SAFEX_KIND_CHANNEL;
	bool has_period = kind == SAFEX_KIND_MANAGER || kind == SAFEX_KIND_MONITOR;

	memset(x, 0, sizeof(*x));
	x->args.request = w->next_request++;
	x->args.spec = (dio_x_spec){
		.key = { kind, cd, (char *)name, (char *)(second ? second : "") },
		.period = has_period ? 10000000 : 0,
		.file = has_source ? "monitor.c" : "",
		.source = { has_source ? sizeof(source) - 1 : 0, source },
	};
	if (kind != SAFEX_KIND_CLASS)
		return;
	x->attr[0] = (dio_x_attr){ .name = "target_cpu", .value = 20000000 };
	x->attr[1] = (dio_x_attr){ .name = "frames", .rights = SAFEX_APP_READ };
	x->args.spec.attrs.attrs_len = 2;
	x->args.spec.attrs.attrs_val = x->attr;
}

void wish_send(struct world *w, struct wish *x, struct said *said)
{
	memset(said, 0, sizeof(*said));
	ns_create(w->ns, &w->who, x->args.spec.key.kind, &x->args, said_answer, said);
}

void wish_replace(struct world *w, struct wish *x, struct said *said)
{
	memset(said, 0, sizeof(*said));
	ns_replace(w->ns, &w->who, &x->args, said_answer, said);
}

typedef void wish_sender(struct world *w, struct wish *x, struct said *said);

static int do_send(struct world *w, struct wish *x, struct said *said, wish_sender *send)
{
	struct said own;

	said = said ? said : &own;
	send(w, x, said);
	world_wait(w, &said->done);
	assert_int_equal(said->times, 1);
	assert_true(!said->status.code || said->status.message[0]);
	return said->status.code;
}

int do_replace(struct world *w, struct wish *x, struct said *said)
{
	return do_send(w, x, said, wish_replace);
}

int do_wish(struct world *w, struct wish *x, struct said *said)
{
	return do_send(w, x, said, wish_send);
}

int do_create(struct world *w, enum safex_kind kind, uint64_t cd, const char *name,
	      const char *second)
{
	struct wish x;

	wish_make(&x, w, kind, cd, name, second);
	return do_wish(w, &x, NULL);
}

int do_init(struct world *w, uint64_t request, uint64_t *cd)
{
	ns_init_args a = { .request = request ? request : w->next_request++, .application = "test" };
	struct said s = { 0 };

	ns_init_app(w->ns, &w->who, &a, said_answer, &s);
	world_wait(w, &s.done);
	*cd = s.cd;
	assert_true(!s.status.code == !!s.cd);
	return s.status.code;
}

int do_destroy(struct world *w, uint64_t request, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second)
{
	ns_destroy_args a = {
		.request = request ? request : w->next_request++,
		.key = { kind, cd, (char *)name, (char *)(second ? second : "") },
	};
	struct said s = { 0 };

	ns_destroy(w->ns, &w->who, &a, said_answer, &s);
	world_wait(w, &s.done);
	return s.status.code;
}

int do_end(struct world *w, uint64_t request, uint64_t cd)
{
	ns_destroy_args a = {
		.request = request ? request : w->next_request++,
		.key = { .cd = cd, .name = "", .second = "" },
	};
	struct said s = { 0 };

	ns_end_app(w->ns, &w->who, &a, said_answer, &s);
	world_wait(w, &s.done);
	return s.status.code;
}

uint64_t do_everything(struct world *w)
{
	uint64_t cd;

	assert_int_equal(do_init(w, 0, &cd), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_CLASS, cd, "cpu", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_MONITOR, cd, "cpu/usage", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_HANDLER, cd, "local/cpu/pid", NULL), 0);
	assert_int_equal(do_create(w, SAFEX_KIND_CHANNEL, cd, "cpu/usage", "cpu/pid"), 0);
	return cd;
}

size_t rows(struct world *w, const char *prefix)
{
	struct ns_items items;
	size_t n;

	assert_int_equal(ns_store_list(w->disk, prefix, NULL, SIZE_MAX, &items), 0);
	n = items.n;
	ns_items_free(&items);
	return n;
}

void wait_rows(struct world *w, const char *prefix, size_t n)
{
	int i;

	for (i = 0; i < 10000 && rows(w, prefix) != n; i++)
		world_turn(w);
	assert_int_equal(rows(w, prefix), n);
}

pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* of a test that fails */
	for (;;)
		pause();
}

void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void seeded(void *arg, int err, uint64_t revision)
{
	(void)arg;
	(void)revision;
	assert_int_equal(err, 0);
}

void seed_rows(struct ns_store *s, uid_t uid, const char *host, unsigned int first, unsigned int n)
{
	struct ns_object o = {
		.id = { .kind = SAFEX_KIND_CLASS, .name = { .manager = "cpu" } },
		.state = NS_COMMITTED, .uid = uid,
	};
	struct ns_app app = { .uid = uid, .name = "seeded" };
	struct ns_txn t;

	strcpy(o.id.name.host, host);
	for (; n; n--, first++) {
		app.cd = o.id.cd = SEEDED_CD + first;
		ns_txn_begin(&t);
		ns_app_put(&t, &app);
		ns_object_put(&t, &o);
		ns_store_commit(s, &t, seeded, NULL);
		ns_txn_end(&t);
	}
}

enum ns_state state_of(struct world *w, enum safex_kind kind, uint64_t cd, const char *name,
		       const char *second)
{
	dio_x_key x = { kind, cd, (char *)name, (char *)(second ? second : "") };
	struct ns_object o;
	struct ns_id id;

	assert_int_equal(ns_id_from_wire(&x, &id), 0);
	return ns_object_get(w->disk, &id, &o) ? 0 : o.state;
}

void assert_consistent(struct world *w)
{
	struct ns_object *o;
	size_t n, i;
	int at;

	assert_int_equal(ns_objects_list(w->disk, 0, &o, &n), 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(o[i].state, NS_COMMITTED);
		at = fake_at(&w->host, &o[i].id);
		assert_true(at >= 0);
		assert_true(w->host.object[at].active);
		assert_int_equal(w->host.object[at].version, o[i].version);
	}
	assert_int_equal(w->host.n, n);
	free(o);
}
