/* SPDX-License-Identifier: GPL-2.0-only */
/* The fake safexd as a process behind a socket, and the real nameserver before it. */
#ifndef NS_TESTING_RPC_H
#define NS_TESTING_RPC_H

#include "dio_dir.h"
#include "dio_rpc.h"
#include "ns_testing.h"

struct stage {
	char		     dir[DIO_DIR_MAX];
	char		     database[96], safexd[96], address[96], tcp[64];
	pid_t		     safexd_pid, nameserver_pid;
	struct dio_rpc_wait *ns;	/* a client */
	struct dio_rpc_wait *sx;
};

int stage_set_up(void **state);
int stage_tear_down(void **state);

void stage_start_safexd(struct stage *s);
void stage_start_nameserver(struct stage *s);	/* returns when it serves */
bool stage_try_nameserver(struct stage *s);	/* false: it ends, and is still to be waited for */
/* While no nameserver runs: rows as of seed_rows(). */
void stage_seed(struct stage *s, uid_t uid, const char *host, unsigned int first, unsigned int n);
void stage_kill(pid_t *pid, int sig);		/* and waits for its end */

/* Each returns the transport's -errno, or the code of the answer. */
int ask_init(struct stage *s, uint64_t request, uint64_t *cd);
int ask_create(struct stage *s, uint64_t request, enum safex_kind kind, uint64_t cd,
	       const char *name, const char *second);
/* For the process that has pid where the caller looks from; 0: the caller. */
int ask_class(struct stage *s, uint64_t request, uint64_t cd, const char *name, pid_t pid);
int ask_destroy(struct stage *s, uint64_t request, enum safex_kind kind, uint64_t cd,
		const char *name, const char *second);
int ask_end(struct stage *s, uint64_t request, uint64_t cd);
/* How many there are; *active of them run. Of the nameserver, of safexd. */
int ask_list(struct stage *s, unsigned int *active);
int ask_report(struct stage *s, unsigned int *active);

#endif
