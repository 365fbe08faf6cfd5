/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon on a full disk: what can't be made durable is refused and told, what
 * is there is served, kernel and database agree, and when there is room again
 * all goes on by itself.
 */
#include "dio_small_disk.h"
#include "ns_testing_rpc.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define MANAGER	 SAFEX_KIND_MANAGER
#define CLASS	 SAFEX_KIND_CLASS
#define MONITOR	 SAFEX_KIND_MONITOR

#define TRIES	 5000
#define PATIENCE 20000 /* ms */

static char disk[DIO_DIR_MAX]; /* "": there is none */

/* Two megabytes, of which the database takes a part. */
static int make_disk(void)
{
	int err = dio_dir_make(disk, "test_ns_full");

	if (!err)
		err = dio_small_disk_make(disk, "2m");
	if (err)
		print_message("no small disk can be made: %s\n", strerror(-err));
	else
		setenv("TMPDIR", disk, 1);
	return err;
}

static char *ballast(void)
{
	static char path[DIO_DIR_MAX + 16];

	snprintf(path, sizeof(path), "%s/ballast", disk);
	return path;
}

static void make_room(void)
{
	assert_int_equal(unlink(ballast()), 0);
}

static int set_up(void **state)
{
	return *disk ? stage_set_up(state) : 0;
}

static int tear_down(void **state)
{
	unlink(ballast());
	return *disk ? stage_tear_down(state) : 0;
}

static struct stage *staged(void **state)
{
	if (!*disk)
		skip();
	return *state;
}

/* Some fit into what the database's files have; then none does. */
static void fill(struct stage *s, uint64_t *request)
{
	int code = 0, tries = 0;
	uint64_t cd;

	assert_int_equal(dio_small_disk_fill(ballast()), 0);
	while (!code && tries++ < TRIES)
		code = ask_init(s, ++*request, &cd);
	assert_int_equal(code, DIO_E_STORE);
}

static bool is_true_soon(struct stage *s, bool (*true_of)(struct stage *))
{
	int waited;

	for (waited = 0; waited < PATIENCE && !true_of(s); waited += 20)
		poll(NULL, 0, 20);
	return waited < PATIENCE;
}

/* In the kernel, and in the database. */
static void assert_objects(struct stage *s, int n)
{
	unsigned int active;

	assert_int_equal(ask_list(s, &active), n);
	assert_int_equal(ask_report(s, &active), n);
}

static bool is_served(struct stage *s)
{
	static uint64_t request = 1ull << 40;
	uint64_t cd;

	return !ask_init(s, request++, &cd);
}

/* With its manager; its descriptor. */
static uint64_t make_class(struct stage *s)
{
	uint64_t cd;

	assert_int_equal(ask_init(s, 1, &cd), 0);
	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	assert_int_equal(ask_create(s, 3, CLASS, cd, "cpu", NULL), 0);
	return cd;
}

/* Nothing of what was refused is left, and what there was is served. */
static void test_refused(void **state)
{
	struct stage *s = staged(state);
	uint64_t cd = make_class(s), request = 1000;

	fill(s, &request);
	assert_objects(s, 2);
	assert_int_equal(ask_create(s, 4, MONITOR, cd, "cpu/usage", NULL), DIO_E_STORE);
	assert_objects(s, 2);
	make_room();
	assert_true(is_true_soon(s, is_served));
	assert_int_equal(ask_create(s, 4, MONITOR, cd, "cpu/usage", NULL), 0);
	assert_objects(s, 3);
	assert_int_equal(ask_end(s, 5, cd), 0);
	assert_objects(s, 1);
}

/* What is made is kept through a full disk, and through the daemon's end on it. */
static void test_killed(void **state)
{
	struct stage *s = staged(state);
	uint64_t cd = make_class(s), request = 1000;

	fill(s, &request);
	stage_kill(&s->nameserver_pid, SIGKILL);
	make_room();
	stage_start_nameserver(s);
	assert_true(is_true_soon(s, is_served));
	assert_objects(s, 2);
	assert_int_equal(ask_end(s, 5, cd), 0);
	assert_objects(s, 1);
}

static void hold_class(struct stage *s, int ready)
{
	char said = 'F';
	uint64_t cd;

	s->ns = dio_rpc_wait_new(s->address, DIONISYS_PROG, DIONISYS_V1);
	if (!ask_init(s, 11, &cd) && !ask_create(s, 12, CLASS, cd, "cpu", NULL))
		said = 'R';
	if (write(ready, &said, 1) == 1)
		pause();
	_exit(1);
}

static pid_t start_application(struct stage *s)
{
	struct stage own = *s;
	char said = 0;
	int p[2];
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid)
		hold_class(&own, p[1]);
	assert_int_equal(read(p[0], &said, 1), 1);
	assert_int_equal(said, 'R');
	close(p[0]);
	close(p[1]);
	return pid;
}

static bool is_only_the_manager(struct stage *s)
{
	unsigned int active;

	return ask_list(s, &active) == 1 && ask_report(s, &active) == 1;
}

/* Its class goes then, or when there is room for that: not never. */
static void test_application_dies(void **state)
{
	struct stage *s = staged(state);
	uint64_t request = 1000;
	pid_t pid;

	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	pid = start_application(s);
	assert_objects(s, 2);
	fill(s, &request);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	make_room();
	assert_true(is_true_soon(s, is_only_the_manager));
	assert_true(is_served(s));
}

/* What the daemon says while it is started goes to said. */
static void start_on_full_disk(struct stage *s, char *said, size_t size)
{
	int log = memfd_create("log", MFD_CLOEXEC), error = dup(STDERR_FILENO), status = 0;
	ssize_t n;

	assert_true(log >= 0 && error >= 0);
	assert_true(dup2(log, STDERR_FILENO) >= 0);
	assert_false(stage_try_nameserver(s));
	assert_int_equal(waitpid(s->nameserver_pid, &status, 0), s->nameserver_pid);
	s->nameserver_pid = 0;
	assert_true(dup2(error, STDERR_FILENO) >= 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	n = pread(log, said, size - 1, 0);
	said[n < 0 ? 0 : n] = '\0';
	close(error);
	close(log);
}

/* It ends and says why; systemd starts it again until there is room. */
static void test_start(void **state)
{
	struct stage *s = staged(state);
	char said[1024];

	assert_int_equal(ask_create(s, 2, MANAGER, 0, "cpu", NULL), 0);
	stage_kill(&s->nameserver_pid, SIGTERM);
	assert_int_equal(dio_small_disk_fill(ballast()), 0);
	start_on_full_disk(s, said, sizeof(said));
	assert_non_null(strstr(said, "/db: No space left on device"));
	make_room();
	stage_start_nameserver(s);
	assert_objects(s, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_application_dies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_start, set_up, tear_down),
	};
	int ret;

	if (make_disk())
		*disk = '\0';
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	if (*disk) {
		umount(disk);
		rmdir(disk);
	}
	return ret;
}
