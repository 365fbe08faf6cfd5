/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader with its own audit, and a front that lies: whatever the front
 * would have refused, the loader refuses by itself, before it asks the kernel
 * for anything.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../t_objects.h"
#include "../t_pipeline.h"
#include "ld_kernel.h"
#include "ld_ops.h"

static unsigned int asked;	/* the kernel, for anything */
static struct ld_reply reply;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	(void)request;
	(void)arg;
	asked++;
	return 0;
}

int ld_kernel_load(const void *data, size_t length, const struct ld_pin *pin, uint32_t *share,
		   char *message, size_t size)
{
	(void)data;
	(void)length;
	(void)pin;
	(void)share;
	(void)message;
	(void)size;
	asked++;
	return 0;
}

int ld_kernel_unload(const struct ld_pin *pin)
{
	(void)pin;
	return 0;
}

int ld_kernel_pinned(const struct ld_pin *pin)
{
	(void)pin;
	return 0;
}

int ld_kernel_pins(struct ld_pin *pins, unsigned int max)
{
	(void)pins;
	(void)max;
	return 0;
}

static int give(const uint8_t *data, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	assert_int_equal(write(fd, data, size), size);
	return fd;
}

static int request(uint32_t op, uint32_t kind, const int fds[2])
{
	static struct ld_request req;
	struct ld_ops ops = { .device = -1 };
	int fd = -1;

	memset(&req, 0, sizeof(req));
	memset(&reply, 0, sizeof(reply));
	req.op = op;
	if (op == LD_EXT)
		req.ext.kind = kind;
	if (op == LD_NEXT)
		req.next.ext.kind = kind;
	asked = 0;
	ld_ops_handle(&ops, &req, fds, &reply, &fd);
	close(fds[0]);
	close(fds[1]);
	return reply.error;
}

static int extension(uint32_t kind, const uint8_t *data, size_t size)
{
	return request(LD_EXT, kind, (int[]){ give(data, size), dup(0) });
}

static int version(uint32_t kind, const uint8_t *data, size_t size)
{
	return request(LD_NEXT, kind, (int[]){ give(data, size), dup(0) });
}

static int manager(const struct sx_object *program, const struct sx_object *guard)
{
	return request(LD_MANAGER, SAFEX_KIND_MANAGER, (int[]){ give(program->data, program->size),
			give(guard->data, guard->size) });
}

static void is_refused(int error, const char *words)
{
	if (error != -EACCES || reply.step != LD_STEP_AUDIT || asked || !strstr(reply.message, words))
		fail_msg("%s: error %d, step %u, kernel asked %u times: %s", words, error, reply.step,
			 asked, reply.message);
}

static void refuse(const uint8_t *data, size_t size, const char *words)
{
	is_refused(extension(SAFEX_KIND_MONITOR, data, size), words);
	is_refused(version(SAFEX_KIND_MONITOR, data, size), words);
}

static void test_refuses_by_itself(void **state)
{
	(void)state;
	assert_true(t_bad_objects(refuse) > 40);
}

/* The front's word for what it is counts for nothing. */
static void test_roles(void **state)
{
	const struct sx_result *cpu = t_cpu();
	size_t size;
	const uint8_t *good = t_object(&size);

	(void)state;
	is_refused(extension(SAFEX_KIND_HANDLER, good, size), "section: struct_ops/monitor");
	is_refused(extension(SAFEX_KIND_MONITOR, cpu->program.data, cpu->program.size),
		   "section: struct_ops/manager");
	is_refused(manager(&cpu->guard, &cpu->guard), "section: struct_ops/guard");
	is_refused(manager(&cpu->program, &cpu->program), "section: struct_ops/manager");
	is_refused(manager(&(struct sx_object){ (uint8_t *)good, size }, &cpu->guard),
		   "section: struct_ops/monitor");
}

static void test_takes_what_is_allowed(void **state)
{
	size_t size;
	const uint8_t *good = t_object(&size);

	(void)state;
	assert_int_equal(extension(SAFEX_KIND_MONITOR, good, size), 0);
	assert_true(asked == 2);
	assert_int_equal(version(SAFEX_KIND_MONITOR, good, size), 0);
	assert_true(asked == 2);
	assert_int_equal(manager(&t_cpu()->program, &t_cpu()->guard), 0);
	assert_true(asked == 3);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_by_itself), cmocka_unit_test(test_roles),
		cmocka_unit_test(test_takes_what_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return t_each_compiler(group);
}
