/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vt: what the scripts of this directory need done through libdionisys and
 * below it. One command a run; results are lines `ok NAME` and
 * `FAIL NAME why`. Runs as root in the VM.
 */
#ifndef VT_H
#define VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dionisys.h>

#define VT_EXT		"/tests/ext/"
#define VT_CPU		"/usr/share/dionisys/managers/cpu.c"
#define VT_MS		INT64_C(1000000)
#define VT_ALICE	1001
#define VT_BOB		1002

/* How many objects each part knows; -1: it does not answer. */
struct vt_state {
	long kernel, pins, safexd, nameserver;
};

void vt_state_read(struct vt_state *s);
bool vt_state_same(const struct vt_state *a, const struct vt_state *b);
const char *vt_state_text(const struct vt_state *s, char text[96]);
/* Are the daemons of start_daemon the ones that ran at the first call? */
bool vt_daemons_same(void);

/* One result line; why: printf, for a failure. */
void vt_result(bool ok, const char *name, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
bool vt_all_ok(void);

/* A call that must be refused: with this number, and these parts in its text. */
struct vt_refusal {
	const char *name;
	int (*call)(void);		/* 0: it was not refused */
	int code;
	const char *part[3];
};

/* Also that nothing of it is left anywhere and the same daemons run. */
void vt_refused(const struct vt_refusal *r);
/* What DError() and DErrorText() say, judged for a call just made. */
void vt_failed_with(const char *name, int code, const char *part);

/* Waits in steps of 20 ms of virtual time, 20 s at most. */
bool vt_wait(bool (*condition)(void *arg), void *arg);

/* An application with a contract of its own process. 0 or -1, said why. */
struct vt_contract {
	int64_t target, period, minimum, maximum;	/* ns; 0: the manager's default */
	int pid;					/* 0: the caller's */
};
DClass_descr_t vt_class(const struct vt_contract *c);
/* Monitor cpu/watch and handler cpu/ask with their channel: see ext/. */
int vt_extensions(DClass_descr_t cd);
int vt_manager(void);		/* cpu, unless it is there already */
void vt_say(const char *call);

/*
 * A call of the protocol, once: what the nameserver says to it, which the
 * library keeps to itself while it says that it is busy. The answer's number.
 */
struct vt_answer {
	int code;
	unsigned int retry_ms;
	char text[200];
};
int vt_raw_init(DClass_descr_t *cd, struct vt_answer *a);
int vt_raw_class(DClass_descr_t cd, const char *manager, const DAttr_t *attrs, const DOptions_t *o,
		 struct vt_answer *a);
int vt_raw_monitor(DClass_descr_t cd, const char *name, const char *file, const DOptions_t *o,
		   struct vt_answer *a);

/* Runs of an extension, from the kernel; -1: there is none of this name. */
long vt_runs(const char *name);

/* The kernel has its own checkers (./check --debug): all takes many times as long. */
bool vt_has_checkers(void);

/* First record of cd and name with this kind, waited for. */
bool vt_record(DClass_descr_t cd, const char *name, unsigned int kind, DRecord_t *record);

int vt_input(int argc, char **argv);
int vt_users(int argc, char **argv);
int vt_calls(int argc, char **argv);
int vt_abort(int argc, char **argv);
int vt_hold(int argc, char **argv);
int vt_wire(int argc, char **argv);
int vt_who(int argc, char **argv);
int vt_null(int argc, char **argv);
int vt_overload(int argc, char **argv);
int vt_replace(int argc, char **argv);
void vt_starve(void);		/* part of it */

#endif
