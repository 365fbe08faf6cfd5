/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each operation fails at each of its steps, and leaves nothing. The kernel,
 * the audit and libbpf are this test's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "../sx_audit.h"
#include "ld_kernel.h"
#include "ld_ops.h"

#define MAX 16

static struct {
	uint32_t alive[MAX], pinned[MAX];
	unsigned int n_alive, n_pinned;
	uint32_t last_id;
	uint32_t version, next, previous;	/* of every object */
	uint32_t share;			/* last asked for */
	unsigned int step, fail_at;	/* the fail_at-th step fails */
	enum safex_kind audited[MAX];
	unsigned int n_audited;
} world;

static struct ld_reply reply;
static int reply_fd;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

static int step_fails(void)
{
	return ++world.step == world.fail_at;
}

static void add(uint32_t *list, unsigned int *n, uint32_t id)
{
	list[(*n)++] = id;
}

static int take(uint32_t *list, unsigned int *n, uint32_t id)
{
	for (unsigned int i = 0; i < *n; i++) {
		if (list[i] == id) {
			list[i] = list[--*n];
			return 0;
		}
	}
	return -ENOENT;
}

/* Ids in the tests are small. */
static uint32_t name_of(const struct ld_pin *pin)
{
	return pin->id * 100 + pin->version;
}

static uint32_t create(void)
{
	add(world.alive, &world.n_alive, ++world.last_id);
	return world.last_id;
}

static int stat_of(struct safex_stat *stat)
{
	for (unsigned int i = 0; i < world.n_alive; i++)
		if (world.alive[i] == stat->object.id) {
			stat->version = world.version;
			stat->next = world.next;
			stat->previous = world.previous;
			return 0;
		}
	errno = ENOENT;
	return -1;
}

static int keep(const struct safex_keep *keep)
{
	errno = ESTALE;
	if (keep->version != world.version)
		return -1;
	world.previous = 0;
	return 0;
}

static int announce(const struct safex_ext_create *ext)
{
	world.next = ext->budget ? ext->version : 0;
	return 0;
}

static int destroyed(const struct safex_object *object)
{
	errno = ENOENT;
	if (take(world.alive, &world.n_alive, object->id))
		return -1;
	if (object->kind == SAFEX_KIND_MANAGER)
		take(world.alive, &world.n_alive, object->id + 1);
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	assert_int_equal(fd, 42);
	if (request == SAFEX_IOC_STAT)
		return stat_of(arg);
	if (request == SAFEX_IOC_KEEP)
		return keep(arg);
	if (request == SAFEX_IOC_VERSION && !((struct safex_ext_create *)arg)->budget)
		return announce(arg);
	if (request == SAFEX_IOC_DESTROY)
		return destroyed(arg);
	errno = EDQUOT;
	if (step_fails())
		return -1;
	if (request == SAFEX_IOC_MANAGER) {
		((struct safex_manager_create *)arg)->id = create();
		((struct safex_manager_create *)arg)->guard = create();
	} else if (request == SAFEX_IOC_EXT) {
		((struct safex_ext_create *)arg)->id = create();
	} else if (request == SAFEX_IOC_VERSION) {
		return announce(arg);
	} else if (request == SAFEX_IOC_CLASS) {
		assert_int_equal(((struct safex_class_create *)arg)->pidfd, 17);
		((struct safex_class_create *)arg)->id = create();
	} else if (request == SAFEX_IOC_CLASS_FD) {
		return dup(0);
	}
	return 0;
}

int sx_audit(const void *elf, size_t size, enum safex_kind role, struct dio_status *status)
{
	assert_memory_equal(elf, "program", size);
	world.audited[world.n_audited++] = role;
	if (!step_fails())
		return 0;
	snprintf(status->message, sizeof(status->message), "not allowed");
	return -EACCES;
}

int ld_kernel_load(const void *data, size_t length, const struct ld_pin *pin, uint32_t *share,
		   char *message, size_t size)
{
	world.share = *share;
	assert_memory_equal(data, "program", length);
	if (step_fails()) {
		snprintf(message, size, "refused");
		return -EINVAL;
	}
	add(world.pinned, &world.n_pinned, name_of(pin));
	return 0;
}

int ld_kernel_unload(const struct ld_pin *pin)
{
	return take(world.pinned, &world.n_pinned, name_of(pin));
}

int ld_kernel_pinned(const struct ld_pin *pin)
{
	for (unsigned int i = 0; i < world.n_pinned; i++)
		if (world.pinned[i] == name_of(pin))
			return 0;
	return -ENOENT;
}

int ld_kernel_pins(struct ld_pin *pins, unsigned int max)
{
	assert_true(max >= MAX);
	for (unsigned int i = 0; i < world.n_pinned; i++)
		pins[i] = (struct ld_pin){ world.pinned[i] / 100, world.pinned[i] % 100 };
	return world.n_pinned;
}

static int program(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC);

	assert_int_equal(write(fd, "program", 7), 7);
	return fd;
}

static void run(const struct ld_request *req, const int *fds)
{
	struct ld_ops ops = { .device = 42 };

	memset(&reply, 0, sizeof(reply));
	reply.op = req->op;
	reply_fd = -1;
	ld_ops_handle(&ops, req, fds, &reply, &reply_fd);
}

static int run_programs(const struct ld_request *req, unsigned int fail_at)
{
	int fds[2] = { program(), program() };

	memset(&world, 0, sizeof(world));
	world.fail_at = fail_at;
	run(req, fds);
	close(fds[0]);
	close(fds[1]);
	return reply.error;
}

static void all_steps(const struct ld_request *req, unsigned int steps, unsigned int objects,
		      unsigned int pins)
{
	assert_int_equal(run_programs(req, 0), 0);
	assert_int_equal(world.n_alive, objects);
	assert_int_equal(world.n_pinned, pins);
	assert_int_equal(world.step, steps);
	for (unsigned int i = 1; i <= steps; i++) {
		assert_int_not_equal(run_programs(req, i), 0);
		assert_int_equal(world.step, i);
		assert_int_equal(world.n_alive, 0);
		assert_int_equal(world.n_pinned, 0);
		assert_int_not_equal(reply.step, LD_STEP_NONE);
	}
}

static void test_manager(void **state)
{
	struct ld_request req = { .op = LD_MANAGER };

	(void)state;
	all_steps(&req, 5, 2, 2);
	assert_int_equal(run_programs(&req, 0), 0);
	assert_int_equal(world.audited[0], SAFEX_KIND_MANAGER);
	assert_int_equal(world.audited[1], SAFEX_KIND_GUARD);
	assert_int_equal(reply.manager.id, 1);
	assert_int_equal(reply.manager.guard, 2);
}

static void test_extension(void **state)
{
	struct ld_request req = { .op = LD_EXT };

	(void)state;
	req.ext.kind = SAFEX_KIND_HANDLER;
	all_steps(&req, 3, 1, 1);
	assert_int_equal(run_programs(&req, 3), -EINVAL);
	assert_string_equal(reply.message, "refused");
	assert_int_equal(run_programs(&req, 1), -EACCES);
	assert_string_equal(reply.message, "not allowed");
	assert_int_equal(reply.step, LD_STEP_AUDIT);
	req.ext.kind = SAFEX_KIND_MANAGER;
	assert_int_equal(run_programs(&req, 0), -EINVAL);
	assert_int_equal(world.n_audited, 0);
}

static void refuse_object(const struct ld_request *req, int fd, int err)
{
	int fds[1] = { fd };

	memset(&world, 0, sizeof(world));
	run(req, fds);
	assert_int_equal(reply.error, err);
	assert_int_equal(world.n_audited, 0);
	close(fd);
}

static void test_odd_descriptors(void **state)
{
	struct ld_request req = { .op = LD_EXT };
	int big = memfd_create("big", MFD_CLOEXEC), pipes[2];

	(void)state;
	req.ext.kind = SAFEX_KIND_MONITOR;
	assert_int_equal(ftruncate(big, LD_OBJECT_MAX + 1), 0);
	refuse_object(&req, big, -EFBIG);
	refuse_object(&req, memfd_create("empty", MFD_CLOEXEC), -EINVAL);
	assert_int_equal(pipe(pipes), 0);
	refuse_object(&req, pipes[0], -EINVAL);
	close(pipes[1]);
}

static void test_destroy(void **state)
{
	struct ld_request make = { .op = LD_MANAGER }, req = { .op = LD_DESTROY };

	(void)state;
	run_programs(&make, 0);
	req.object.kind = SAFEX_KIND_MANAGER;
	req.object.id = 7;
	run(&req, NULL);
	assert_int_equal(reply.error, -ENOENT);
	assert_int_equal(world.n_pinned, 2);
	req.object.id = 1;
	run(&req, NULL);
	assert_int_equal(reply.error, 0);
	assert_int_equal(world.n_alive, 0);
	assert_int_equal(world.n_pinned, 0);
}

/* The kernel has ended it by itself, and its programs are still there. */
static void test_destroy_what_is_gone(void **state)
{
	struct ld_request make = { .op = LD_MANAGER }, req = { .op = LD_DESTROY };

	(void)state;
	run_programs(&make, 0);
	world.n_alive = 0;
	req.object.kind = SAFEX_KIND_MANAGER;
	req.object.id = 1;
	run(&req, NULL);
	assert_int_equal(reply.error, -ENOENT);
	assert_int_equal(world.n_pinned, 0);
}

/* A loader that died between pin and object leaves a pin of nothing. */
static void test_sweep(void **state)
{
	struct ld_request make = { .op = LD_MANAGER };
	struct ld_ops ops = { .device = 42 };

	(void)state;
	run_programs(&make, 0);
	add(world.pinned, &world.n_pinned, 900);
	ld_ops_sweep(&ops);
	assert_int_equal(world.n_pinned, 2);
	assert_int_equal(take(world.pinned, &world.n_pinned, 900), -ENOENT);
}

static void run_next(struct ld_request *req, unsigned int fail_at)
{
	struct ld_request make = { .op = LD_EXT };
	int fd = program();

	make.ext.kind = req->next.ext.kind = SAFEX_KIND_MONITOR;
	make.ext.version = 1;
	run_programs(&make, 0);
	world.version = 1;
	world.step = 0;
	world.fail_at = fail_at;
	req->op = LD_NEXT;
	req->next.ext.id = 1;
	req->next.ext.version = 2;
	req->next.ext.budget = 5;
	run(req, &fd);
	close(fd);
}

/* Fails at each of its steps, and the first version has not noticed. */
static void test_next(void **state)
{
	struct ld_request req = { 0 };

	(void)state;
	req.next.share = 1;
	for (unsigned int i = 1; i <= 3; i++) {
		run_next(&req, i);
		assert_int_not_equal(reply.error, 0);
		assert_int_equal(world.step, i);
		assert_int_equal(world.next, 0);
		assert_int_equal(world.n_pinned, 1);
		assert_int_equal(world.n_alive, 1);
	}
	run_next(&req, 0);
	assert_int_equal(reply.error, 0);
	assert_int_equal(world.share, 1);
	assert_int_equal(reply.next.share, 1);
	assert_int_equal(world.next, 2);
	assert_int_equal(world.n_pinned, 2);
}

static int retire(uint32_t version)
{
	struct ld_request req = { .op = LD_RETIRE, .keep = { 1, version } };

	run(&req, NULL);
	return reply.error;
}

static void test_retire(void **state)
{
	struct ld_request req = { 0 };

	(void)state;
	run_next(&req, 0);
	world.version = 2;
	world.previous = 1;
	world.next = 0;
	assert_int_equal(retire(2), -EBUSY);
	assert_int_equal(world.previous, 1);
	assert_int_equal(retire(1), 0);
	assert_int_equal(world.previous, 0);
	assert_int_equal(world.n_pinned, 1);
	assert_int_equal(world.pinned[0], 102);
	run_next(&req, 0);	/* it was gone back from */
	world.next = 0;
	assert_int_equal(retire(2), 0);
	assert_int_equal(world.pinned[0], 101);
	req.op = LD_RETIRE;
	req.keep.id = 7;
	run(&req, NULL);
	assert_int_equal(reply.error, -ENOENT);
}

static void test_pinned(void **state)
{
	struct ld_request req = { 0 };

	(void)state;
	run_next(&req, 0);
	world.version = 2;
	req = (struct ld_request){ .op = LD_PINNED, .object = { SAFEX_KIND_MONITOR, 1 } };
	run(&req, NULL);
	assert_int_equal(reply.error, 0);
	world.n_pinned = 0;
	run(&req, NULL);
	assert_int_equal(reply.error, -ENOENT);
	req.object.id = 7;
	run(&req, NULL);
	assert_int_equal(reply.error, -ENOENT);
}

static void test_class(void **state)
{
	struct ld_request req = { .op = LD_CLASS };
	const int fds[1] = { 17 };

	(void)state;
	memset(&world, 0, sizeof(world));
	run(&req, fds);
	assert_int_equal(reply.error, 0);
	assert_int_equal(reply.class.id, 1);
	world.fail_at = world.step + 1;
	run(&req, fds);
	assert_int_equal(reply.error, -EDQUOT);
	assert_int_equal(reply.step, LD_STEP_KERNEL);
}

static void test_class_descriptor(void **state)
{
	struct ld_request req = { .op = LD_CLASS_FD };

	(void)state;
	memset(&world, 0, sizeof(world));
	run(&req, NULL);
	assert_int_equal(reply.error, 0);
	assert_true(reply_fd >= 0);
	close(reply_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manager), cmocka_unit_test(test_extension),
		cmocka_unit_test(test_odd_descriptors), cmocka_unit_test(test_destroy),
		cmocka_unit_test(test_destroy_what_is_gone),
		cmocka_unit_test(test_sweep), cmocka_unit_test(test_class),
		cmocka_unit_test(test_class_descriptor), cmocka_unit_test(test_next),
		cmocka_unit_test(test_retire),
		cmocka_unit_test(test_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
