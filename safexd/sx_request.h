/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a peer asks for, checked once at the border: names are well-formed and
 * without their host, numbers are in range, what a kind does not use is empty.
 */
#ifndef SX_REQUEST_H
#define SX_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/safex.h>
#include "dio_error.h"
#include "dio_name.h"

struct dio_x_check;
struct dio_x_key;
struct sx_prepare_args;

/* name: "manager" of a manager or class, else "manager/extension". */
struct sx_key {
	uint32_t kind;			/* enum safex_kind */
	uint64_t cd;			/* 0 for a manager */
	char name[SAFEX_NAME_MAX];
	char second[SAFEX_NAME_MAX];	/* handler of a channel, whose name is the monitor */
};

struct sx_spec {
	struct sx_key key;
	uint64_t request;
	uid_t uid;			/* of the originator */
	uint64_t period, budget;	/* ns, defaults filled in */
	pid_t pid;			/* class: 0 for none */
	uint64_t process;		/* which one has pid (dio_process.h); 0: not told */
	bool own;			/* it is the application itself, by the nameserver's word */
	unsigned int n_attrs;
	struct safex_attr attrs[SAFEX_ATTRS_MAX];
	uint32_t version;		/* of a monitor or handler, from 1 on */
	uint64_t probation;		/* ns, default filled in */
	char file[256];
	const void *source;		/* borrowed from the message */
	size_t length;
};

/* DIO_E_OK, or the error that st then holds. */
enum dio_error sx_key_parse(const struct dio_x_key *x, struct sx_key *key,
			    struct dio_status *st);
enum dio_error sx_spec_parse(const struct sx_prepare_args *x, struct sx_spec *spec,
			     struct dio_status *st);

/*
 * Of what is only asked about: its kind is known (sx_core_see()), cd may be 0, the
 * name may lack its last part.
 * tick: its manager's period, 0 when there is none.
 */
enum dio_error sx_check_parse(const struct dio_x_check *x, uid_t uid, uint64_t tick,
			      struct sx_spec *spec, struct dio_status *st);

int sx_key_same(const struct sx_key *a, const struct sx_key *b);

/* The part before the slash; out has DIO_NAME_MAX bytes. */
void sx_key_manager(const char *name, char *out);

/* "manager", "attribute class", ... for messages. */
const char *sx_kind_text(uint32_t kind);

/* The NO_* code of a kind. */
enum dio_error sx_kind_missing(uint32_t kind);

#endif
