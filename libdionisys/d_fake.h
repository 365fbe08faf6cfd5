/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the library: nameserver and safexd in one thread on one
 * socket, which answer what the test has told them to, or speak no protocol
 * at all. A test changes `fake` only while no call is under way.
 */
#ifndef D_FAKE_H
#define D_FAKE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <linux/safex.h>
#include "dio_error.h"
#include "dionisys.h"

#define FAKE_CD		UINT64_C(0x1122334455667788)
#define FAKE_CALLS	256
#define FAKE_DECLARED	4	/* target_cpu, period, timeslice, hidden */

/* One request as it came. */
struct fake_call {
	uint32_t proc;
	uint64_t request, cd, period, budget;
	unsigned int kind, n_attrs, rights0;	/* rights0: of the first attribute */
	int pid;
	char name[96], second[96], file[256];
	size_t source;
};

/* What becomes of a new connection. */
enum fake_connection { FAKE_SERVE, FAKE_DROP, FAKE_MUTE, FAKE_BYTES };

struct fake {
	enum fake_connection connection;
	int drops;			/* FAKE_DROP: so many, then FAKE_SERVE */
	const void *bytes;		/* FAKE_BYTES: the answer to anything */
	size_t n_bytes;
	int code;			/* of the answer; 0: success */
	const char *message;
	unsigned int retry_ms;
	unsigned int busy;		/* so many answers of the nameserver are BUSY first */
	unsigned int open_busy;		/* and of SX_OPEN_CLASS */
	bool silent;			/* calls get no answer */
	const char *locate;		/* address told; NULL: the own one */
	int open_code;			/* of SX_OPEN_CLASS */
	bool no_host;			/* NS_CHECK: could not be asked */
	bool no_fd, short_fd;		/* SX_OPEN_CLASS gives none, or an empty file */
	bool other_layout;		/* it tells one attribute more than the page has */
	unsigned int n_entries;		/* of listings */
	bool same_page;			/* and their cursor stays the same */
	const struct dio_x_entry *entries;	/* these in their place, fewer than a page; NULL: made up */
	unsigned int host_state;	/* of the one host; 0: ready */
	const char *host_why;
	unsigned int host_answers;	/* so many with host_state, then it is ready; 0: always so */
	uint64_t host_boot;
	const uint64_t *host_boots;	/* before each answer: its record's number after each, then 0 */
	bool guard_record;		/* of a write that the guard refused */
	unsigned int verdict[4];	/* state of version 3 in each answer of NS_VERSIONS; the last stays */

	struct fake_call calls[FAKE_CALLS];
	unsigned int n_calls;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	struct safex_page *page;
	unsigned char raw[65536];	/* what a dropped connection had sent */
	size_t n_raw;
	struct safex_set set;		/* the last SAFEX_IOC_CLASS_SET */
	unsigned int set_verdict;	/* answers it */
	int set_errno;
};

extern struct fake fake;

/* cmocka fixtures; DIONISYS_NAMESERVER points to the fake. */
int fake_setup(void **state);
int fake_teardown(void **state);
/* Between them: it is away, and starts again. */
void fake_dies(void);
void fake_starts(void);
/* Of a procedure, the last call; fails the test when there was none. */
const struct fake_call *fake_last(uint32_t proc);
unsigned int fake_count(uint32_t proc);

/* The last error is `code` and its text has `part`. */
void assert_error(int code, const char *part);

#endif
