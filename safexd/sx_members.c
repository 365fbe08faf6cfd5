/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_clock.h"
#include "dio_daemon.h"
#include "dio_log.h"
#include "sx_members.h"

#define GROUPS_MAX	65536	/* of a user, the kernel's limit */
#define KEPT		256	/* answers */
#define KEEP_MS		60000
#define AT_ONCE		16	/* processes: as many as the nameserver asks for at once, and more */

struct waiter {
	STAILQ_ENTRY(waiter) link;
	sx_members_done *done;
	void *arg;
};

STAILQ_HEAD(waiter_list, waiter);

/* A question, and then its answer. */
struct member {
	TAILQ_ENTRY(member) link;
	struct sx_members *owner;
	uid_t uid;
	char group[SX_GROUP_SIZE];
	int answer;			/* as of sx_members_has() */
	bool known;			/* asked, and nobody waits any more */
	int64_t since;			/* ms, known */
	pid_t pid;			/* 0: no process */
	int fd;
	struct event *readable;
	struct waiter_list waiters;
};

TAILQ_HEAD(member_list, member);

struct sx_members {
	struct event_base *base;
	sx_members_look *look;
	unsigned int wait_ms;
	struct member_list all;		/* oldest first */
	unsigned int n, running;
};

static void start_next(struct sx_members *m);

/* What a lookup that found nothing means. */
static int not_found(int err)
{
	return err && err != ENOENT && err != ESRCH ? -err : 0;
}

/* Whether gid is among the user's groups, as sx_members_look. */
static int has_group(const struct passwd *pw, gid_t gid)
{
	int n = GROUPS_MAX, found = 0;
	gid_t *groups = malloc(GROUPS_MAX * sizeof(*groups));

	if (!groups || getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
		found = -E2BIG;
	while (found == 0 && n-- > 0)
		found = groups[n] == gid;
	free(groups);
	return found;
}

int sx_members_look_up(uid_t uid, const char *name)
{
	const struct passwd *pw;
	const struct group *gr;

	errno = 0;
	pw = getpwuid(uid);
	if (!pw)
		return not_found(errno);
	errno = 0;
	gr = getgrnam(name);
	return gr ? has_group(pw, gr->gr_gid) : not_found(errno);
}

/* In the child: nothing of the parent but its memory and the pipe. */
static void answer_and_exit(const struct member *q, int fd)
{
	char answer;
	int has;

	dio_daemon_child("safexd-members");
	if (dup2(fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	has = q->owner->look(q->uid, q->group);
	if (has < 0)
		_exit(1);
	answer = has ? '1' : '0';
	_exit(write(STDERR_FILENO + 1, &answer, 1) != 1);
}

static void end_process(struct member *q)
{
	if (!q->pid)
		return;
	kill(q->pid, SIGKILL);
	while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(q->fd);
	if (q->readable)
		event_free(q->readable);
	q->readable = NULL;
	q->pid = 0;
	q->owner->running--;
}

/* Who waits may ask again at once, and so q be gone when the last was called. */
static void answered(struct member *q, int answer)
{
	struct waiter_list waiters = STAILQ_HEAD_INITIALIZER(waiters);
	struct waiter *w;

	end_process(q);
	q->answer = answer;
	q->known = true;
	q->since = dio_now_ms();
	STAILQ_CONCAT(&waiters, &q->waiters);
	while ((w = STAILQ_FIRST(&waiters))) {
		STAILQ_REMOVE_HEAD(&waiters, link);
		w->done(w->arg);
		free(w);
	}
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct member *q = arg;
	struct sx_members *m = q->owner;
	char answer = 0;
	ssize_t n = read(fd, &answer, 1);

	(void)what;
	if (n != 1)
		dio_warn("the user database does not answer whether user %u is in group %s", q->uid,
			 q->group);
	answered(q, n == 1 ? answer == '1' : -ETIMEDOUT);
	start_next(m);
}

static int listen_to(struct member *q)
{
	struct sx_members *m = q->owner;
	struct timeval tv = { m->wait_ms / 1000, m->wait_ms % 1000 * 1000 };

	q->readable = event_new(m->base, q->fd, EV_READ, on_answer, q);
	return q->readable && !event_add(q->readable, &tv) ? 0 : -ENOMEM;
}

/* 0 or -errno. */
static int start(struct member *q)
{
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC))
		return -errno;
	fcntl(pipe[0], F_SETFL, O_NONBLOCK);
	q->fd = pipe[0];
	q->pid = fork();
	if (!q->pid)
		answer_and_exit(q, pipe[1]);
	close(pipe[1]);
	if (q->pid < 0) {
		close(q->fd);
		q->pid = 0;
		return -EAGAIN;
	}
	q->owner->running++;
	if (!listen_to(q))
		return 0;
	end_process(q);
	return -ENOMEM;
}

static void start_next(struct sx_members *m)
{
	struct member *q = TAILQ_FIRST(&m->all);
	int err;

	while (q && m->running < AT_ONCE) {
		if (q->known || q->pid) {
			q = TAILQ_NEXT(q, link);
			continue;
		}
		err = start(q);
		if (err) {
			dio_warn("no process to ask for groups: %s", strerror(-err));
			answered(q, -ETIMEDOUT);
			q = TAILQ_FIRST(&m->all);
		}
	}
}

static struct member *find(const struct sx_members *m, uid_t uid, const char *group)
{
	struct member *q;

	TAILQ_FOREACH(q, &m->all, link)
		if (q->uid == uid && !strcmp(q->group, group))
			return q;
	return NULL;
}

static void forget(struct member *q)
{
	TAILQ_REMOVE(&q->owner->all, q, link);
	q->owner->n--;
	free(q);
}

static struct member *add(struct sx_members *m, uid_t uid, const char *group)
{
	struct member *q = TAILQ_FIRST(&m->all);

	if (m->n == KEPT) {
		while (q && !q->known)
			q = TAILQ_NEXT(q, link);
		if (!q)
			return NULL;
		forget(q);
	}
	q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	q->owner = m;
	q->uid = uid;
	strncpy(q->group, group, sizeof(q->group) - 1);
	STAILQ_INIT(&q->waiters);
	TAILQ_INSERT_TAIL(&m->all, q, link);
	m->n++;
	return q;
}

static bool is_fresh(const struct member *q)
{
	return q->known && q->answer >= 0 && dio_now_ms() - q->since < KEEP_MS;
}

void sx_members_ask(struct sx_members *m, uid_t uid, const char *group, sx_members_done *done,
		    void *arg)
{
	struct member *q = find(m, uid, group);
	struct waiter *w;

	if (q && is_fresh(q)) {
		done(arg);
		return;
	}
	if (q && q->known) {
		forget(q);
		q = NULL;
	}
	w = calloc(1, sizeof(*w));
	if (w && !q)
		q = add(m, uid, group);
	if (!w || !q) {
		free(w);
		done(arg);
		return;
	}
	*w = (struct waiter){ .done = done, .arg = arg };
	STAILQ_INSERT_TAIL(&q->waiters, w, link);
	start_next(m);
}

int sx_members_has(const struct sx_members *m, uid_t uid, const char *group)
{
	const struct member *q = find(m, uid, group);

	return q && q->known ? q->answer : -ETIMEDOUT;
}

struct sx_members *sx_members_new(struct event_base *base, sx_members_look *look,
				  unsigned int wait_ms)
{
	struct sx_members *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->base = base;
	m->look = look;
	m->wait_ms = wait_ms;
	TAILQ_INIT(&m->all);
	return m;
}

void sx_members_free(struct sx_members *m)
{
	struct member *q;

	if (!m)
		return;
	TAILQ_FOREACH(q, &m->all, link)
		if (!q->known)
			answered(q, -ETIMEDOUT);
	while ((q = TAILQ_FIRST(&m->all)))
		forget(q);
	free(m);
}
