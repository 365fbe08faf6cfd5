/* SPDX-License-Identifier: GPL-2.0-only */
/* State of one host; for ns_safexd*.c only. */
#ifndef NS_SAFEXD_INTERNAL_H
#define NS_SAFEXD_INTERNAL_H

#include "ns_internal.h"

enum ns_safexd_state { NS_SAFEXD_DOWN, NS_SAFEXD_DRIVING, NS_SAFEXD_READY };

struct ns_gate_wait {
	TAILQ_ENTRY(ns_gate_wait) entry;
	uid_t	    uid;
	int64_t	    since;	/* monotonic, ms */
	ns_entered *entered;
	void	   *arg;
};
TAILQ_HEAD(ns_gate_list, ns_gate_wait);

#define NS_LANES	2	/* for what is not compiled, for what is */

struct ns_lane {
	struct ns_safexd   *h;
	bool		    compiles;
	struct ns_gate_list waiting;
	unsigned int	    n_waiting, inside;
	int64_t		    left_ms;	/* when one last left, or began to wait for that; monotonic */
	unsigned int	    gap_ms;	/* mean of what is between two while others wait */
	int64_t		    told_ms;	/* when the last to be refused is to come again; monotonic */
	struct event	   *timer;	/* for the first that has waited too long */
};

struct ns_tidy_wait {
	TAILQ_ENTRY(ns_tidy_wait) entry;
	uint64_t   cd;		/* 0: everything */
	ns_tidied *done;
	void	  *arg;
};
TAILQ_HEAD(ns_tidy_list, ns_tidy_wait);

struct ns_report_wait {
	TAILQ_ENTRY(ns_report_wait) entry;
	ns_safexd_reported *done;
	void		   *arg;
};
TAILQ_HEAD(ns_report_list, ns_report_wait);

struct ns_safexd {
	struct ns		 *ns;
	const struct ns_link_ops *ops;
	void			 *link;		/* NULL once closed */
	char			  name[DIO_NAME_MAX];
	char			  address[DIO_X_ADDRESS + 1];
	char			  local[DIO_X_ADDRESS + 1];
	enum ns_safexd_state	  state;
	bool			  asking;	/* a hello is under way */
	bool			  closing;
	bool			  silent;	/* the last hello failed; why says how */
	uint64_t		  boot;
	int			  retry_ms;
	struct event		 *timer;	/* for the next hello */
	struct dio_status	  why;		/* of being down */
	struct ns_lane		  lane[NS_LANES];
	unsigned int		  wait_ms;	/* the most before the gate; tests set another */
	bool			  admitting;
	struct ns_reconcile	 *reconcile;	/* under way */
	bool			  stale;	/* ... but begun with an earlier daemon */
	bool			  tidy_again;	/* something could not be made or removed yet */
	bool			  tidy_due;	/* and it is time for that: everything is looked at */
	bool			  soon;		/* the timer is set for that */
	struct ns_tidy_list	  tidy_now, tidy_next;
	struct ns_live		 *live;		/* last report */
	size_t			  n_live;
	int64_t			  live_ms;	/* when it came; monotonic */
	bool			  live_old;	/* something happened since */
	bool			  reporting;
	struct ns_report_list	  report_waits;
};

/* ns_gate.c. 0 or -ENOMEM; ns_gate_free() in any case. */
int ns_gate_init(struct ns_safexd *h);
void ns_gate_free(struct ns_safexd *h);
/* Lets in those for whom there is a place. */
void ns_gate_admit(struct ns_safexd *h);
/* Everybody who waits is told h->why. */
void ns_gate_fail_all(struct ns_safexd *h);

/* The connection failed under a call: asks anew, and reconciles. */
void ns_safexd_lost(struct ns_safexd *h, const struct dio_status *why);

/* Failure of the transport, in words with the address. */
void ns_safexd_unreachable(const struct ns_safexd *h, int err, int timeout_ms,
			   struct dio_status *out);
/* The status of an answer; a code that is none becomes DIO_E_PROTOCOL. */
void ns_safexd_status(const dio_x_status *x, struct dio_status *out);

#endif
