/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "dio_log.h"
#include "sx_pack.h"
#include "sx_refusals.h"
#include "sx_worker.h"

#define WAIT_MIN_MS	100	/* the least to ask for */
#define IDLE_MS		200	/* without a job, until a spare is made */
#define FIRST_MEAN_MS	500	/* of a compile, before there was one */

static const char no_process[] = "no process for the compiler";

struct sx_work {
	STAILQ_ENTRY(sx_work) link;
	struct sx_workers *owner;
	uid_t uid;
	struct sx_job job;		/* its pointers are into what follows */
	char file[256];
	uint8_t *source;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	sx_compiled *done;
	void *arg;
	struct sx_process process;
	bool spared;			/* that one was there before it */
	uint64_t started;		/* ms */
	struct event *waited, *readable, *late;
	uint8_t *data;
	size_t used;
};

STAILQ_HEAD(sx_work_list, sx_work);

struct sx_workers {
	struct event_base *base;
	const struct sx_tools *tools;
	sx_run *run;
	struct sx_worker_limits limits;
	struct sx_work_list queue, running;
	unsigned int n_queued, n_running;
	unsigned int mean_ms;		/* of the last compiles */
	struct sx_process spare;	/* for the next job */
	struct event *idle, *spare_ended;
};

static int start(struct sx_workers *w, struct sx_work *work);
static void start_next(struct sx_workers *w);

/* With what listens to it. Whether it had begun with the job. */
static bool end_process(struct sx_work *work)
{
	if (work->readable)
		event_free(work->readable);
	if (work->late)
		event_free(work->late);
	work->readable = work->late = NULL;
	return sx_process_end(&work->process);
}

static void free_work(struct sx_work *work)
{
	if (work->waited)
		event_free(work->waited);
	end_process(work);
	free(work->data);
	free(work->source);
	free(work);
}

static void drop_spare(struct sx_workers *w)
{
	if (w->spare_ended)
		event_free(w->spare_ended);
	w->spare_ended = NULL;
	sx_process_end(&w->spare);
}

/* A spare's loading takes the time of those that work, and of who comes at once after them. */
static void await_idle(struct sx_workers *w)
{
	const struct timeval idle = { 0, IDLE_MS * 1000 };

	if (w->idle)
		evtimer_add(w->idle, &idle);
}

/* No result but st; work is gone after. */
static void refuse(struct sx_work *work, const struct dio_status *st)
{
	static struct sx_result result;

	memset(&result, 0, sizeof(result));
	result.stage = SX_STAGE_COMPILE;
	result.status = *st;
	work->done(work->arg, &result);
	free_work(work);
}

static void give_up(struct sx_work *work, enum dio_error code, const char *why)
{
	struct dio_status st;

	dio_status_set(&st, code, "%s: %s", work->file, why);
	refuse(work, &st);
}

static void finish(struct sx_work *work, enum dio_error code, const char *why)
{
	static struct sx_result result;
	struct sx_workers *w = work->owner;

	STAILQ_REMOVE(&w->running, work, sx_work, link);
	w->n_running--;
	w->mean_ms = (7 * w->mean_ms + (unsigned int)(sx_now_ms() - work->started)) / 8;
	end_process(work);
	if (code) {
		give_up(work, code, why);
	} else if (sx_unpack(work->data, work->used, &result)) {
		sx_result_release(&result);
		give_up(work, DIO_E_INTERNAL, "the compile ended without a result");
	} else {
		work->done(work->arg, &result);
		free_work(work);
	}
	start_next(w);
	await_idle(w);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, DIO_E_COMPILE, "compiling took too long and was stopped");
}

/* A spare that died before it had begun with the job is not the job's fault. */
static void on_end(struct sx_work *work)
{
	if (end_process(work) || !work->spared) {
		finish(work, DIO_E_OK, NULL);
		return;
	}
	work->used = 0;
	if (start(work->owner, work))
		finish(work, DIO_E_NO_MEMORY, no_process);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sx_work *work = arg;
	ssize_t n;

	(void)what;
	if (work->used == SX_PACK_MAX) {
		finish(work, DIO_E_TOO_BIG, "the compile's result is too large");
		return;
	}
	n = read(fd, work->data + work->used, SX_PACK_MAX - work->used);
	if (n > 0)
		work->used += n;
	else if (!n || (errno != EAGAIN && errno != EINTR))
		on_end(work);
}

static void on_waited(evutil_socket_t fd, short what, void *arg)
{
	struct sx_work *work = arg;
	struct sx_workers *w = work->owner;
	struct dio_status st;

	(void)fd;
	(void)what;
	dio_status_busy(&st, sx_workers_wait_ms(w), SX_REFUSED_BUSY_COMPILES, work->file);
	STAILQ_REMOVE(&w->queue, work, sx_work, link);
	w->n_queued--;
	refuse(work, &st);
}

static int wait_begins(struct sx_workers *w, struct sx_work *work)
{
	const struct timeval most = { w->limits.wait_ms / 1000, w->limits.wait_ms % 1000 * 1000 };

	work->waited = evtimer_new(w->base, on_waited, work);
	return work->waited && !evtimer_add(work->waited, &most) ? 0 : -ENOMEM;
}

static void on_spare_ended(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop_spare(arg);
}

/* One that dies is replaced after the next job, not in a loop. */
static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct sx_workers *w = arg;

	(void)fd;
	(void)what;
	if (w->spare.pid || w->n_running || sx_process_start(&w->spare, w->tools, w->run, NULL))
		return;
	w->spare_ended = event_new(w->base, w->spare.fd, EV_READ, on_spare_ended, w);
	if (!w->spare_ended || event_add(w->spare_ended, NULL))
		drop_spare(w);
}

/* The spare, if it lives, or one of its own. */
static int employ(struct sx_workers *w, struct sx_work *work)
{
	work->spared = w->spare.pid && !work->spared;
	if (work->spared) {
		work->process = w->spare;
		w->spare = (struct sx_process){ 0 };
		drop_spare(w);
		if (!sx_process_give(&work->process, &work->job))
			return 0;
		sx_process_end(&work->process);
	}
	return sx_process_start(&work->process, w->tools, w->run, &work->job);
}

/* Of its time, which a second try does not make longer. */
static struct timeval rest_of(const struct sx_work *work)
{
	uint64_t wall = work->owner->limits.wall_ms, gone = sx_now_ms() - work->started;
	uint64_t rest = gone < wall ? wall - gone : 0;

	return (struct timeval){ (time_t)(rest / 1000), (suseconds_t)(rest % 1000 * 1000) };
}

static int start(struct sx_workers *w, struct sx_work *work)
{
	struct timeval rest;
	int ret;

	event_del(work->waited);
	if (!work->started)
		work->started = sx_now_ms();
	rest = rest_of(work);
	if (!work->data)
		work->data = malloc(SX_PACK_MAX);
	ret = work->data ? employ(w, work) : -ENOMEM;
	if (ret)
		return ret;
	work->readable = event_new(w->base, work->process.fd, EV_READ | EV_PERSIST, on_readable, work);
	work->late = evtimer_new(w->base, on_late, work);
	if (work->readable && work->late && !event_add(work->readable, NULL) &&
	    !evtimer_add(work->late, &rest))
		return 0;
	end_process(work);
	return -ENOMEM;
}

static unsigned int count_of(const struct sx_work_list *list, uid_t uid)
{
	const struct sx_work *work;
	unsigned int n = 0;

	STAILQ_FOREACH(work, list, link)
		n += work->uid == uid;
	return n;
}

static struct sx_work *next_work(const struct sx_workers *w)
{
	struct sx_work *work;

	if (w->n_running >= w->limits.at_once)
		return NULL;
	STAILQ_FOREACH(work, &w->queue, link)
		if (count_of(&w->running, work->uid) < w->limits.per_uid)
			return work;
	return NULL;
}

/* A job that cannot be started fails at once. */
static void start_next(struct sx_workers *w)
{
	struct sx_work *work;
	int ret;

	while ((work = next_work(w))) {
		STAILQ_REMOVE(&w->queue, work, sx_work, link);
		w->n_queued--;
		ret = start(w, work);
		if (!ret) {
			STAILQ_INSERT_TAIL(&w->running, work, link);
			w->n_running++;
			continue;
		}
		dio_error("worker cannot be started: %s", strerror(-ret));
		give_up(work, DIO_E_NO_MEMORY, no_process);
	}
}

static struct sx_work *copy_job(const struct sx_job *job)
{
	struct sx_work *work = calloc(1, sizeof(*work));

	if (!work)
		return NULL;
	work->source = malloc(job->length ? job->length : 1);
	if (!work->source) {
		free(work);
		return NULL;
	}
	memcpy(work->source, job->source, job->length);
	if (job->n_attrs)
		memcpy(work->attrs, job->attrs, job->n_attrs * sizeof(*job->attrs));
	strncat(work->file, job->file, sizeof(work->file) - 1);
	work->job = *job;
	work->job.file = work->file;
	work->job.source = work->source;
	work->job.attrs = work->attrs;
	return work;
}

unsigned int sx_workers_wait_ms(const struct sx_workers *w)
{
	unsigned int ms = w->mean_ms * (w->n_queued + w->n_running) / w->limits.at_once;

	return ms < WAIT_MIN_MS ? WAIT_MIN_MS : ms < w->limits.wall_ms ? ms : w->limits.wall_ms;
}

bool sx_workers_spare_loaded(const struct sx_workers *w)
{
	return sx_process_loaded(&w->spare);
}

int sx_workers_submit(struct sx_workers *w, uid_t uid, const struct sx_job *job,
		      sx_compiled *done, void *arg)
{
	struct sx_work *work;

	if (w->n_queued >= w->limits.queued || count_of(&w->queue, uid) >= w->limits.queued_per_uid)
		return -EBUSY;
	if (job->n_attrs > SAFEX_ATTRS_MAX || job->length > SX_SOURCE_MAX)
		return -EINVAL;
	work = copy_job(job);
	if (!work)
		return -ENOMEM;
	if (wait_begins(w, work)) {
		free_work(work);
		return -ENOMEM;
	}
	work->owner = w;
	work->uid = uid;
	work->done = done;
	work->arg = arg;
	STAILQ_INSERT_TAIL(&w->queue, work, link);
	w->n_queued++;
	start_next(w);
	return 0;
}

struct sx_workers *sx_workers_new(struct event_base *base, const struct sx_tools *tools,
				  sx_run *run, const struct sx_worker_limits *limits)
{
	struct sx_workers *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base = base;
	w->tools = tools;
	w->run = run;
	w->limits = *limits;
	w->mean_ms = FIRST_MEAN_MS;
	STAILQ_INIT(&w->queue);
	STAILQ_INIT(&w->running);
	if (limits->spare)
		w->idle = evtimer_new(base, on_idle, w);
	await_idle(w);
	return w;
}

void sx_workers_free(struct sx_workers *w)
{
	struct sx_work *work;

	if (!w)
		return;
	w->limits.at_once = 0;
	if (w->idle)
		event_free(w->idle);
	w->idle = NULL;
	drop_spare(w);
	while ((work = STAILQ_FIRST(&w->running))) {
		STAILQ_REMOVE_HEAD(&w->running, link);
		give_up(work, DIO_E_GONE, "safexd is ending");
	}
	while ((work = STAILQ_FIRST(&w->queue))) {
		STAILQ_REMOVE_HEAD(&w->queue, link);
		give_up(work, DIO_E_GONE, "safexd is ending");
	}
	free(w);
}
