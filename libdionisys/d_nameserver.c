/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process's one connection to the nameserver: kept between calls, one
 * call at a time, given up after any failure.
 */
#include "d_lib.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "dio_rpc.h"
#include "dionisys_rpc.h"

#define DEFAULT_ADDRESS	"unix:" DIO_RUNDIR "/nameserver"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dio_rpc_wait *connection;	/* under lock */
static char connected_to[DIO_X_ADDRESS + 1];	/* under lock */
static bool was_served;			/* under lock: by whom it was connected to */
static bool calling;			/* under lock: connection is in use */
static _Atomic bool forked;

/*
 * Of the parent's threads only the one that forked is here, so a lock may be
 * held by nobody. A connection in the middle of a call is left alone: its
 * state is anything.
 */
static void after_fork(void)
{
	pthread_mutex_init(&lock, NULL);
	d_class_reset_lock();
	if (!calling)
		dio_rpc_wait_free(connection);
	connection = NULL;
	calling = false;
	atomic_store(&forked, true);
}

__attribute__((constructor)) static void watch_fork(void)
{
	pthread_atfork(NULL, NULL, after_fork);
}

int d_check_fork(void)
{
	if (!atomic_load(&forked))
		return 0;
	return d_fail(DIO_E_INVALID,
		      "this process is the child of a fork; call DinitApp() in it first");
}

void d_set_forked(bool child)
{
	atomic_store(&forked, child);
}

uint64_t d_request_id(void)
{
	uint64_t id = 0;

	while (id == 0)
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = 0;
	return id;
}

static const char *address_of_nameserver(void)
{
	const char *address = secure_getenv("DIONISYS_NAMESERVER");

	return address && address[0] ? address : DEFAULT_ADDRESS;
}

bool d_connection_lost(int err)
{
	return err == -ECONNRESET || err == -EPIPE || err == -ENOTCONN || err == -ECONNABORTED;
}

static int fail_unreachable(int err, const char *who, const char *address)
{
	if (d_connection_lost(err))
		return d_fail(DIO_E_UNREACHABLE,
			      "the connection to %s at %s was lost in the middle of the call; "
			      "its log says why", who, address);
	return d_fail(DIO_E_UNREACHABLE, "%s does not run at %s (%s); start it%s", who, address,
		      strerror(-err), strcmp(who, "the nameserver") ? "" :
		      " or set DIONISYS_NAMESERVER to its address");
}

int d_rpc_fail(int err, const char *who, const char *address)
{
	enum dio_error code = dio_error_from_errno(err);

	/* Requests are within the record's bounds: the answer was not. */
	if (err == -EMSGSIZE)
		code = DIO_E_PROTOCOL;
	switch (code) {
	case DIO_E_UNREACHABLE:
		return fail_unreachable(err, who, address);
	case DIO_E_TIMEOUT:
		return d_fail(code, "%s at %s did not answer before the call's deadline", who,
			      address);
	case DIO_E_PROTOCOL:
		return d_fail(code, "%s at %s does not speak this library's protocol (%s)", who,
			      address, strerror(-err));
	case DIO_E_INVALID:
		return d_fail(code, "\"%.200s\" is not an address (unix:/path or tcp:host:port)",
			      address);
	default:
		return d_fail(code, "%s at %s: %s", who, address, strerror(-err));
	}
}

/* In this order: a fork in between leaves the child nothing to free once more. */
static void disconnect(void)
{
	struct dio_rpc_wait *old = connection;

	connection = NULL;
	dio_rpc_wait_free(old);
}

/* The environment may name another nameserver than last time. */
static int connect_to(const char *address)
{
	if (connection && !strcmp(address, connected_to))
		return 0;
	disconnect();
	if (strcmp(address, connected_to))
		was_served = false;
	if (strlen(address) > DIO_X_ADDRESS)
		return -EINVAL;
	errno = 0;
	connection = dio_rpc_wait_new(address, DIONISYS_PROG, DIONISYS_V1);
	if (!connection)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	strcpy(connected_to, address);
	return 0;
}

static int call_once(const char *address, const struct d_procedure *proc, void *args, void *result,
		     d_deadline deadline)
{
	int ms = d_deadline_ms(deadline), err;

	if (!ms)
		return -ETIMEDOUT;
	err = connect_to(address);
	if (err)
		return err;
	calling = true;
	err = dio_rpc_wait_call(connection, proc->number, proc->args, args, proc->result, result,
				ms);
	calling = false;
	was_served |= !err;
	if (err)
		disconnect();
	return err;
}

/* Waiting for other threads' calls counts against the deadline. */
static int take_lock(d_deadline deadline)
{
	struct timespec until = { deadline / 1000000000, deadline % 1000000000 };

	if (pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &until))
		return d_fail(DIO_E_TIMEOUT,
			      "calls of other threads took all the time up to the deadline");
	return 0;
}

/* What has become of one try. */
struct attempt {
	int  err;		/* -errno; 0: there is a result */
	bool absent;		/* nobody is there, but somebody was: it starts again */
	unsigned int lost;	/* connections, in the middle of this request */
};

/* A thread that is cancelled in the middle of it would keep the lock. */
static int call_locked(const char *address, const struct d_procedure *proc, void *args,
		       void *result, d_deadline deadline, struct attempt *a)
{
	int cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = take_lock(deadline);
	if (!err) {
		a->err = call_once(address, proc, args, result, deadline);
		a->absent = was_served && (a->err == -ECONNREFUSED || a->err == -ENOENT);
		a->lost += d_connection_lost(a->err);
		pthread_mutex_unlock(&lock);
	}
	pthread_setcancelstate(cancel, NULL);
	return err;
}

/* A request has a number: sent again it is the same one. */
static bool is_worth_another(const struct attempt *a)
{
	return a->absent || (d_connection_lost(a->err) && a->lost < D_LOST_TRIES);
}

static int call_served(const struct d_procedure *proc, void *args, void *result,
		       d_deadline deadline)
{
	const char *address = address_of_nameserver();
	d_deadline last_try = d_last_try(deadline);
	struct attempt a = { 0 };
	unsigned int pause = 0;
	int err;

	err = d_check_fork();
	if (!err)
		err = call_locked(address, proc, args, result, deadline, &a);
	while (!err && is_worth_another(&a) && d_pause(pause, last_try)) {
		err = call_locked(address, proc, args, result, deadline, &a);
		pause = d_longer_pause(pause);
	}
	return err || !a.err ? err : d_rpc_fail(a.err, "the nameserver", address);
}

/* While it waits the connection is others'. */
int d_nameserver_call(const struct d_procedure *proc, void *args, void *result, d_deadline deadline)
{
	d_deadline last_try = d_last_try(deadline);
	int err = call_served(proc, args, result, deadline);

	while (!err && d_wait_busy(result, last_try)) {
		xdr_free(proc->result, result);
		err = call_served(proc, args, result, deadline);
	}
	return err;
}
