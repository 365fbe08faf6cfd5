/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dio_daemon.h"
#include "sx_compiler.h"
#include "sx_job.h"
#include "sx_pack.h"
#include "sx_process.h"

#define RESULT		3	/* the worker's ends */
#define WORD		4
#define LOADED_MS	5	/* between two looks whether its compilers are loaded */

/*
 * The front writes the job and never reads it again; a worker that lies about
 * the rest gains another try at most.
 */
struct sx_room {
	atomic_bool loaded, began;
	size_t size;			/* of the job; 0: there is none yet */
	_Alignas(uint64_t) uint8_t job[SX_JOB_MAX];
};

static void write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
}

/* A word from the front says that the job is there; its end, that there will be none. */
static void await_job(struct sx_room *room, struct sx_compilers *compilers)
{
	struct pollfd p = { WORD, POLLIN, 0 };
	char word;

	sx_compilers_start(compilers, SAFEX_KIND_MANAGER);
	while (!sx_compilers_loaded(compilers) && !poll(&p, 1, LOADED_MS))
		;
	room->loaded = true;
	if (read(WORD, &word, 1) != 1)
		_exit(0);
}

/* What remains of the compilers ends with this process. */
static void work(struct sx_room *room, const struct sx_tools *tools, sx_run *run)
{
	static struct sx_compilers compilers;
	static struct sx_result result;
	struct sx_job job;
	uint8_t *data;
	size_t size;

	sx_compilers_init(&compilers, tools);
	if (!room->size)
		await_job(room, &compilers);
	room->began = true;
	if (sx_job_unpack(room->job, room->size, &job))
		_exit(1);
	run(&compilers, &job, &result);
	if (sx_pack(&result, &data, &size))
		_exit(1);
	write_all(RESULT, data, size);
	_exit(0);
}

/*
 * In the child: nothing of the parent but its memory and these pipes, and not
 * its priority: a daemon may be real-time, a compile is not.
 */
static void become_worker(int result, int word)
{
	static const struct sched_param normal;

	sched_setscheduler(0, SCHED_OTHER, &normal);
	dio_daemon_child("safexd-worker");
	word = fcntl(word, F_DUPFD, WORD);	/* not where the other goes */
	if (dup2(result, RESULT) != RESULT || dup2(word, WORD) != WORD ||
	    fcntl(RESULT, F_SETFD, FD_CLOEXEC) || fcntl(WORD, F_SETFD, FD_CLOEXEC))
		_exit(1);
	close_range(WORD + 1, ~0U, 0);
	setpgid(0, 0);
}

/* Ends of the result's pipe and of the word's. 0 or -errno. */
static int open_pipes(int result[2], int word[2])
{
	if (pipe2(result, O_CLOEXEC))
		return -errno;
	if (!pipe2(word, O_CLOEXEC))
		return 0;
	close(result[0]);
	close(result[1]);
	return -EMFILE;
}

static int make(struct sx_process *p, const struct sx_tools *tools, sx_run *run)
{
	int result[2], word[2];
	int ret = open_pipes(result, word);

	if (ret)
		return ret;
	p->fd = result[0];
	p->word = word[1];
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	p->pid = fork();
	if (!p->pid) {
		become_worker(result[1], word[0]);
		work(p->room, tools, run);
	}
	close(result[1]);
	close(word[0]);
	if (p->pid > 0) {
		setpgid(p->pid, p->pid);
		madvise(p->room, sizeof(*p->room), MADV_DONTFORK);	/* no other worker shares it */
		return 0;
	}
	close(p->fd);
	close(p->word);
	return -EAGAIN;
}

int sx_process_start(struct sx_process *p, const struct sx_tools *tools, sx_run *run,
		     const struct sx_job *job)
{
	int ret;

	p->room = mmap(NULL, sizeof(*p->room), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (p->room == MAP_FAILED) {
		*p = (struct sx_process){ 0 };
		return -ENOMEM;
	}
	ret = job ? sx_job_pack(job, p->room->job, &p->room->size) : 0;
	if (!ret)
		ret = make(p, tools, run);
	if (ret) {
		munmap(p->room, sizeof(*p->room));
		*p = (struct sx_process){ 0 };
	}
	return ret;
}

/* One byte, and the first: there is room for it. */
int sx_process_give(struct sx_process *p, const struct sx_job *job)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ret = sx_job_pack(job, p->room->job, &p->room->size);

	if (ret)
		return ret;
	sigaction(SIGPIPE, &ignore, &before);
	ret = write(p->word, "", 1) == 1 ? 0 : -errno;
	sigaction(SIGPIPE, &before, NULL);
	return ret;
}

bool sx_process_loaded(const struct sx_process *p)
{
	return p->pid && p->room->loaded;
}

bool sx_process_end(struct sx_process *p)
{
	bool began;

	if (!p->pid)
		return false;
	kill(-p->pid, SIGKILL);
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	began = p->room->began;
	close(p->fd);
	close(p->word);
	munmap(p->room, sizeof(*p->room));
	*p = (struct sx_process){ 0 };
	return began;
}
