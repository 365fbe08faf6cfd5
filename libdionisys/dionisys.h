/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libdionisys: the application's side of Dionisys.
 *
 * The first six calls are those of Figure 2 of "'QoS Safe' Kernel Extensions
 * for Real-Time Resource Management" (West and Gloudon, 2002), with its
 * signatures; their periods are clock ticks of sysconf(_SC_CLK_TCK).  The
 * Dx...() calls are the same with nanoseconds, budgets and deadlines.
 *
 * Names: a manager is "[host/]manager", a monitor or handler
 * "[host/]manager/extension"; without a host the local one is meant.  Names
 * of extensions are unique within one class descriptor.
 *
 * Deadlines: every call that talks to a daemon ends within the deadline of
 * its options or of DSetDeadline() (default 30 s), with DIO_E_TIMEOUT; then
 * what it asked for may still come about, as DList() tells.  To take back a
 * class that cannot be mapped may need two seconds more.
 *
 * Busy: a daemon with too much work says when to come again; the library waits
 * and does so while the first two thirds of the call's time last. Then, or when
 * no time was told, the call fails with DIO_E_BUSY.
 *
 * Connections: the process keeps one to the nameserver, which may close it between
 * calls, for others' sake; the next call makes a new one.
 *
 * Restarts: a request whose connection is lost is sent again, and a nameserver
 * that has served the process before and is away is waited for, as long as a busy
 * one. Where none has served yet, a call fails at once with DIO_E_UNREACHABLE.
 *
 * Threads: calls may be made from any thread; those that talk to a daemon are
 * serialised, and are no cancellation points while they do.  Not
 * async-signal-safe.  After fork() the child must call DinitApp() for itself.
 *
 * Authority is the user's: what one process has made, another of the same user
 * may change and end, if it knows the class descriptor.
 *
 * Environment: DIONISYS_NAMESERVER, the nameserver's address
 * ("unix:/run/dionisys/nameserver" when it is not set; /run is what
 * `pkg-config --variable=runstatedir dionisys` says).
 */
#ifndef DIONISYS_H
#define DIONISYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* A class descriptor: unique over all hosts and time; 0 is none. */
typedef uint64_t DClass_descr_t;
typedef DClass_descr_t DClass_Descr_t;	/* the paper spells it both ways */

/* Rights of an application's own attribute; or them. */
#define DATTR_APP_READ	0x1	/* applications read it */
#define DATTR_APP_WRITE	0x2	/* applications set it */
#define DATTR_EXT_READ	0x4	/* monitors and handlers get it */
#define DATTR_EXT_WRITE	0x8	/* handlers and monitors set it */
#define DATTR_DEFAULT	0x7	/* meant by rights 0 */

/*
 * One attribute.  DCreateAttrClass takes an array that ends with a NULL name.
 * A name that the manager declares ("target_cpu") gives its initial value; any
 * other becomes the application's own.  The array is the caller's; on success
 * `ref` of each entry points to the live value, a plain memory load in a
 * read-only mapping that lasts until DDestroyAttrClass or DendApp.  NULL when
 * the class is on another host, or applications may not read the attribute.
 */
typedef struct DAttr {
	const char *name;
	int64_t value;
	unsigned int rights;		/* of an own attribute; 0: default */
	const volatile int64_t *ref;	/* out */
} DAttr_t;

/* 0 on failure, see DError(). */
DClass_descr_t DinitApp(void);

/*
 * The contract is for the main thread of the calling process, whichever thread
 * calls, and only its CPU time is counted: other threads have none. The
 * process's effective user is the owner of the class. When this returns 0 it is
 * in force: the scheduler has reserved the time. Else -1, and DError() says why.
 */
int DCreateAttrClass(DClass_Descr_t cd, const char *sm_name, DAttr_t *attrib_class);
int DCreateSM(const char *sm_name, int period, const char *src_file);

/* 0, or the error's number: 1 no such manager, 2 no such monitor, ... */
int DCreateMonitor(DClass_Descr_t cd, const char *mon_name, int period, const char *mon_src_file);
int DCreateHandler(DClass_Descr_t cd, const char *hand_name, const char *hand_src_file);
int DCreateEventChannel(DClass_Descr_t cd, const char *mon_name, const char *hand_name);

/*
 * Options of the extended calls.  Set size to sizeof; a zero field means the
 * default.  Fields are only ever added at the end.
 */
typedef struct DOptions {
	size_t size;
	uint64_t period_ns;		/* managers and monitors: required, 1 ms to 10 s */
	uint64_t budget_ns;		/* per activation; default 50 us, 1 us to 10 ms */
	int deadline_ms;		/* of the call */
	/*
	 * DxCreateAttrClass: the main thread of another process, all of whose uids
	 * are the caller's, not the id of another thread; 0: the caller, who is known by its connection, also in a container.
	 * Of a container, where a number means another process outside: refused.
	 */
	pid_t pid;
	uint64_t probation_ns;		/* DReplace: default 5 s, at most 10 min */
} DOptions_t;

/*
 * As their namesakes; all return 0 or the error's number.
 *
 * Time reserved: an extension's budget, and for each attribute that it may set
 * its manager's budget once more, in each period of a monitor, in each tick of
 * the manager of a handler; a manager's budget in each tick for each of its
 * classes.  A monitor's period is its manager's at least, a budget its period
 * at most (RANGE).  More than the host has for extensions, by default 10 % of
 * one CPU in sum: ADMISSION, with what is left.
 */
int DxCreateSM(const char *sm_name, const char *src_file, const DOptions_t *o);
int DxCreateAttrClass(DClass_Descr_t cd, const char *sm_name, DAttr_t *attrs, const DOptions_t *o);
int DxCreateMonitor(DClass_Descr_t cd, const char *name, const char *src_file, const DOptions_t *o);
int DxCreateHandler(DClass_Descr_t cd, const char *name, const char *src_file, const DOptions_t *o);

/*
 * A new version of a monitor or handler, from another source. It takes the old
 * one's place between two activations: no period is without one of them. A
 * period or budget of 0 is the old one's. If both have the same variables
 * (names, types, order), the new one goes on with their values, and `kept` is 1;
 * else it starts with its own. Time is reserved for both during the probation.
 *
 * Probation: at its first abort or uncaught exception, or the first time that
 * the main thread gets less than the target in a period that began under the new
 * version, the old one is back at once, and does what the other has not. A
 * record (kind 10) and DVersions() say so. After the probation the old one is
 * unloaded; before, DReplace is refused with DIO_E_BUSY. A version that is
 * refused, for whatever reason, leaves the old one as it is.
 *
 * out: may be NULL. 0 or the error's number. Service managers are not replaced:
 * create one of another name.
 */
typedef struct DReplaced {
	unsigned int version;		/* its number, from 1 on */
	unsigned int kept;
} DReplaced_t;
int DReplace(DClass_Descr_t cd, const char *name, const char *src_file, const DOptions_t *o,
	     DReplaced_t *out);

#define DVERSION_RUNS		1
#define DVERSION_PROBATION	2	/* runs, on probation */
#define DVERSION_BACK		3	/* was gone back from: see cause */
#define DVERSION_REPLACED	4

typedef struct DVersion {
	unsigned int version, state, kept;
	unsigned int cause;		/* enum safex_end of <linux/safex.h> */
	uint64_t period, budget;	/* ns; budget 0: the default */
	uint64_t created;		/* ns since 1970 */
	unsigned char digest[32];	/* SHA-256 of the source */
	char file[256];
} DVersion_t;

/* The latest versions of a monitor or handler, oldest first: at most n, and 16. */
int DVersions(DClass_Descr_t cd, const char *name, DVersion_t *versions, size_t n, size_t *found);

/*
 * Whether a host would take a source, as a monitor, handler or service manager.
 * It judges and compiles as a create does, up to the load, and changes nothing.
 * Set size to sizeof; a zero field means what stands beside it. Fields are only
 * ever added at the end.
 */
typedef struct DCheckOptions {
	size_t size;
	const char *host;		/* the local one */
	const char *manager;		/* "cpu": whose attributes it gets and sets */
	const char *name;		/* last part of its name; any that is free */
	DClass_descr_t cd;		/* no class: the manager's attributes only */
	unsigned int kind;		/* as listed: 1, 4, 5; as seen from the source */
	int deadline_ms;		/* of the call */
	uint64_t period_ns;		/* monitors: the manager's; managers: 10 ms */
	uint64_t budget_ns;		/* per activation; 50 us */
} DCheckOptions_t;

#define DCHECK_USES	64

/* answered: 0, no host could be asked, nothing else is valid. */
typedef struct DChecked {
	unsigned int answered;
	unsigned int kind;		/* as which it was judged; 0: not known */
	/* That refused it: 1 admit, 2 compile, 3 instrument, 4 guard, 5 audit, 6 load; 0 the nameserver. */
	unsigned int stage;
	unsigned int abi;		/* of safex */
	uint64_t features;		/* SAFEX_FEATURE_... of <linux/safex.h> */
	/* Time reserved for extensions, per million of a CPU; asked: of a manager, for each class. */
	uint64_t used_ppm, asked_ppm, allowed_ppm;
	char compiler[256];		/* of the host, and how it is used */
	char release[64];		/* of the host's kernel */
	unsigned int n_uses;
	struct {
		char name[32];
		unsigned int gets, sets;
	} uses[DCHECK_USES];		/* attributes that the source names; none if it did not compile */
} DChecked_t;

/*
 * 0: it would be taken. Else the error's number, and DErrorText() says what the
 * create would say. out: filled in in both cases; may be NULL.
 */
int DCheck(const char *src_file, const DCheckOptions_t *o, DChecked_t *out);

/* Undo. Errors: NO_*, IN_USE while something depends on it. 0 or the number. */
int DDestroySM(const char *sm_name);
int DDestroyAttrClass(DClass_Descr_t cd, const char *sm_name);
int DDestroyMonitor(DClass_Descr_t cd, const char *mon_name);
int DDestroyHandler(DClass_Descr_t cd, const char *hand_name);
int DDestroyEventChannel(DClass_Descr_t cd, const char *mon_name, const char *hand_name);
/* Everything of cd, channels first, classes last; cd is then invalid. */
int DendApp(DClass_Descr_t cd);

/*
 * Attributes of a class on this host, by name.  Get is a hash look-up and a
 * load, no system call; Set is one system call and goes through the guard
 * (DIO_E_GUARD with its verdict in DErrorText).  DIO_E_BUSY: Set was called so
 * often that it would take more of the manager's time than the class has a part
 * in; after a tick of the manager there is some again.  DIO_E_GONE: the class
 * was destroyed.  0 or the error's number.
 */
int DGetAttr(DClass_Descr_t cd, const char *sm_name, const char *attr, int64_t *value);
int DSetAttr(DClass_Descr_t cd, const char *sm_name, const char *attr, int64_t value);
/* For loops: resolved once, then a plain load, of the last value once the class
 * was destroyed. NULL on failure.
 */
const volatile int64_t *DAttrRef(DClass_Descr_t cd, const char *sm_name, const char *attr);

/* What has become of a contract. */
enum {
	DCONTRACT_NONE,			/* the class has none */
	DCONTRACT_IN_FORCE,
	DCONTRACT_SUSPENDED,		/* for now: less is reserved than its target, more was refused */
	DCONTRACT_LOST,			/* for good; each period from then on is counted as missed */
};

/*
 * Of the contract of a class on this host: a load, no system call. *why is 0 or says why it is
 * suspended or lost, for DContractText().  DIO_E_GONE: the class was destroyed.
 */
int DGetContract(DClass_Descr_t cd, const char *sm_name, unsigned int *state, int *why);
/* In words, "in force" or "lost: the process was given another policy"; static. */
const char *DContractText(unsigned int state, int why);

/* One line of a listing. Times in ns. kind: 1 manager, 3 class, 4 monitor, 5 handler, 6 channel */
typedef struct DEntry {
	unsigned int kind;
	unsigned int active;
	uint64_t cd;
	char name[96];
	char second[96];		/* a channel's handler */
	uint64_t period, budget;
	uint64_t runs, aborts, exceptions, refused, events;
	uint64_t time_sum, time_max;
	uint64_t windows, violations, cpu_used, charged;
	unsigned int contract;		/* class: DCONTRACT_ */
	int why;
	pid_t pid;			/* class: of its process, in the nameserver's pid namespace */
	char program[32];		/* and the name of the program it runs; "": not known */
	uid_t user;			/* class: whose contract it is */
	/*
	 * 1: its host could not be asked, DHosts() says why: whether it is active, all
	 * counters and versions are not known, and are 0 here.
	 */
	unsigned int unknown;
	/* Monitor, handler: the version that runs; the one kept while that is on probation, or 0 ... */
	unsigned int version, previous;
	unsigned int failed, cause;	/* ... and the last that was gone back from, or 0, and why: as DVersion_t */
} DEntry_t;

/*
 * Fills at most n entries; *found is how many there are, also if that is more. They
 * are service managers first, then applications by descriptor. cd 0: all that the
 * caller may see. What is made or ends meanwhile is told or not.
 */
int DList(DClass_Descr_t cd, unsigned int kind, DEntry_t *entries, size_t n, size_t *found);

#define DHOST_READY	1
#define DHOST_SILENT	2	/* its safexd does not answer; what runs in its kernel goes on running */
#define DHOST_DRIVEN	3	/* it answers, and what it runs is being made what it should run */

typedef struct DHost {
	char name[32];
	unsigned int state;
	uint64_t boot;			/* another whenever its safexd has started */
	char why[512];			/* "": it is ready */
} DHost_t;

/* The nameserver's hosts, as they were a tenth of a second ago at most. Fills at most n; *found is how many there are. */
int DHosts(DHost_t *hosts, size_t n, size_t *found);

/*
 * Why an activation or extension ended, in order; see <linux/safex.h>. Numbers go
 * on when safexd is started again, as long as the host runs.
 */
typedef struct DRecord {
	uint64_t seq, time, cd;
	unsigned int stage, kind, line, count;
	int code;
	char name[96];
	char message[128];
	uint64_t date;			/* of time: ns since 1970, by its host's clock as it was then; 0: not known */
} DRecord_t;

/* Records from seq `first` on (1 to begin), at most n; does not wait. */
int DRecords(DClass_Descr_t cd, uint64_t first, DRecord_t *records, size_t n, size_t *found);

/* Of the last failed call of this thread: enum dio_error number, and text. */
int DError(void);
const char *DErrorText(void);		/* valid until the thread's next call */
/* ms after which to call again, if it was DIO_E_BUSY for want of room; else 0. */
unsigned int DRetryAfter(void);
const char *DErrorName(int number);	/* static short text */
/*
 * What the compiler warns of in a source that this thread's last call (a create,
 * DReplace() or DCheck()) was given and succeeded with: lines of text, "" for none.
 * Valid until the thread's next call. After a failure it is part of DErrorText().
 * A request that was sent again after its connection was lost may have none.
 */
const char *DWarnings(void);

void DSetDeadline(int ms);		/* for all later calls of the process */

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
