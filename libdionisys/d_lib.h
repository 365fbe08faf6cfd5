/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of libdionisys.  Functions here that can fail return the number of
 * enum dio_error and have told d_fail() why.
 */
#ifndef D_LIB_H
#define D_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <rpc/types.h>
#include <rpc/xdr.h>
#include "dio_error.h"
#include "dio_name.h"
#include "dio_types.h"
#include "dionisys.h"

/* Records code and text for DError() of this thread; returns code. */
int d_fail(enum dio_error code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same from a daemon's answer: 0 when it says so, and its text is for DWarnings(). */
int d_answer(const dio_x_status *status);

/* A moment of CLOCK_MONOTONIC in ns, after which a call gives up. */
typedef int64_t d_deadline;

/* Of the options, or of DSetDeadline() when ms is 0. */
d_deadline d_deadline_of(int ms);
/* Rounded up; 0 when it has passed. */
int d_deadline_ms(d_deadline deadline);
/* Until when a call may be made again: the last third of its time is for the answer. */
d_deadline d_last_try(d_deadline deadline);
/*
 * A daemon that is busy says after what time to come again. Waits for it; false
 * when it says none, or that would be after the last try: the caller is told.
 */
bool d_wait_busy(const dio_x_status *status, d_deadline last_try);
/* So many ms, unless that is after the last try: false. */
bool d_pause(unsigned int ms, d_deadline last_try);

#define D_LOST_TRIES	4	/* of a request with which the connection is lost each time */
/* Did a dio_rpc call end so: a request that may be sent again is. */
bool d_connection_lost(int err);
/* The pause before the try after one that came after so many ms; the first is 0. */
unsigned int d_longer_pause(unsigned int ms);

/* A result begins with its dio_x_status. */
struct d_procedure {
	uint32_t number;
	xdrproc_t args, result;
};

/*
 * One call to the nameserver: the same request again when the connection is lost,
 * while a nameserver that has served before is away, and while it is busy. result
 * is zeroed by the caller, who frees it with xdr_free() on success; on failure
 * nothing is left in it.
 */
int d_nameserver_call(const struct d_procedure *proc, void *args, void *result,
		      d_deadline deadline);
/* Text for a failed dio_rpc call to `who` at address. */
int d_rpc_fail(int err, const char *who, const char *address);
/* The child of a fork has no descriptors of its own: DinitApp() makes it a process again. */
int d_check_fork(void);
void d_set_forked(bool child);
uint64_t d_request_id(void);	/* not 0 */

/* Bytes of a source file, malloc'ed. */
struct d_source {
	char *data;
	size_t length;
};

int d_source_read(const char *file, struct d_source *source);
/* The file's name as the wire has room for it. */
const char *d_source_wire_name(const char *file);

/* "[host/]manager" or "[host/]manager/extension"; what: "monitor", for the text. */
int d_check_name(const char *what, const char *name, bool extension, struct dio_name *out);
int d_check_descriptor(DClass_descr_t cd);

/* Of any options whose first field is their size; known: that of this library's. */
int d_options_copy(const char *type, const void *from, void *to, size_t known);
/* A copy of the caller's options with all that this library knows, NULL is fine. */
int d_options(const DOptions_t *from, DOptions_t *to);
/* Clock ticks of sysconf(_SC_CLK_TCK) to ns. */
int d_ticks(int ticks, uint64_t *ns);

/* Creates one object; *result is the caller's to free on success. */
struct ns_create_result;
int d_create(uint32_t proc, dio_x_spec *spec, struct ns_create_result *result,
	     d_deadline deadline);
int d_destroy(unsigned int kind, DClass_descr_t cd, const char *name, const char *second,
	      d_deadline deadline);

/*
 * Mapped classes. Each is known by (cd, host, manager), is put in by
 * d_class_map() and stays until d_class_unmap(). d_class_acquire() gives one
 * with the table locked for reading, and opens it by name when it is not there
 * yet; d_class_release() ends that.
 */
struct d_class;

struct d_class_id {
	DClass_descr_t cd;
	struct dio_name name;
};

/* 0 and *local false when the class is on another host: nothing is mapped. */
int d_class_map(const struct d_class_id *id, d_deadline deadline, bool *local);
void d_class_unmap(const struct d_class_id *id);
void d_class_unmap_all(DClass_descr_t cd);	/* 0: of every descriptor */
int d_class_acquire(const struct d_class_id *id, struct d_class **class);
void d_class_release(void);
/* -1 when there is no such attribute. */
int d_class_slot(const struct d_class *class, const char *attr);
unsigned int d_class_rights(const struct d_class *class, int slot);
const volatile int64_t *d_class_value(const struct d_class *class, int slot);
bool d_class_is_gone(const struct d_class *class);
int d_class_fd(const struct d_class *class);
/* After fork(), in the child: locks of threads that are not there. */
void d_class_reset_lock(void);

#endif
