/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the nameserver keeps, as plain structures without pointers: they are
 * copied by assignment and hold nothing that is to be released.
 */
#ifndef NS_OBJECT_H
#define NS_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sha2.h>
#include <linux/safex.h>

#include "dio_error.h"
#include "dio_name.h"
#include "dio_types.h"

#define NS_BOOT_MAX	37	/* a boot id, with the NUL */
#define NS_FILE_MAX	(DIO_X_FILE + 1)
#define NS_TEXT_MAX	256	/* an id as people read it, with the NUL */

/* Which object. second: the handler of a channel. cd: 0 for a manager. */
struct ns_id {
	enum safex_kind	kind;
	uint64_t	cd;
	struct dio_name	name;
	struct dio_name	second;
};

struct ns_attrs {
	unsigned int	  n;
	struct safex_attr attr[SAFEX_ATTRS_MAX];
	bool		  kept;		/* of a new version: with the old one's variables */
};

/* A process of this machine, told from later ones with the same pid. */
struct ns_process {
	pid_t	 pid;			/* 0: none */
	uint64_t id;			/* of dio_process.h; 0: not known */
	char	 boot[NS_BOOT_MAX];
};

/*
 *	(none) -> PREPARING -> COMMITTED -> DESTROYING -> (none)
 *			 |       ^  |
 *			 v       |  v
 *		      (none)    LOST
 *
 * PREPARING: may or may not be at the host, is wanted by nobody after a crash.
 * COMMITTED: wanted. LOST: wanted, but the host refused to make it again.
 * DESTROYING: not wanted, may still be at the host.
 */
enum ns_state {
	NS_PREPARING	= 1,
	NS_COMMITTED	= 2,
	NS_DESTROYING	= 3,
	NS_LOST		= 4,
};

#define NS_VERSIONS_MAX	16	/* of one extension, the latest */

enum ns_version_state {
	NS_VERSION_RUNS		= 1,
	NS_VERSION_PROBATION	= 2,	/* runs, and may be gone back from */
	NS_VERSION_BACK		= 3,	/* was gone back from */
	NS_VERSION_REPLACED	= 4,
};

struct ns_version_of {
	uint32_t number;
	enum ns_version_state state;
	uint32_t cause;			/* enum safex_end: why it was gone back from */
	bool	 kept;
	uint64_t period, budget, created;
	char	 file[NS_FILE_MAX];
	uint8_t	 digest[SHA256_DIGEST_LENGTH];
};

struct ns_object {
	struct ns_id	  id;
	enum ns_state	  state;
	uid_t		  uid;		/* of who made it */
	uint64_t	  period, budget;	/* ns */
	struct ns_process process;	/* class: whose contract it is */
	char		  file[NS_FILE_MAX];
	bool		  has_source;
	uint8_t		  digest[SHA256_DIGEST_LENGTH];	/* of the source, if any */
	struct ns_attrs	  given;	/* class: what the application asked for */
	struct ns_attrs	  layout;	/* class: all, index = slot; manager: declared */
	uint64_t	  created;	/* ns since 1970 */
	uint64_t	  revision;	/* of its row; not in the value */

	/* Monitor and handler; see ns_version.h. */
	uint32_t	  version;	/* number of the one that is wanted */
	uint64_t	  probation;	/* ns, 0: the host's default */
	unsigned int	  n_versions;
	struct ns_version_of versions[NS_VERSIONS_MAX];	/* oldest first */
};

struct ns_app {
	uint64_t	  cd;
	uid_t		  uid;
	bool		  ending;
	char		  name[DIO_NAME_MAX];
	struct ns_process process;	/* that called DinitApp */
	uint64_t	  created;
	uint64_t	  revision;
};

/* An id on its way to a wire: x points into the structure itself. */
struct ns_wire_id {
	dio_x_key x;
	char	  name[DIO_PATH_MAX];
	char	  second[DIO_PATH_MAX];
};

/* 0, -EINVAL (form, character, or a field that the kind has not), -ENAMETOOLONG. */
int ns_id_from_wire(const dio_x_key *x, struct ns_id *out);

/* What safexd knows nothing of, its own name in the suite, is left out. */
void ns_id_to_host(const struct ns_id *id, struct ns_wire_id *out);
/* As a client writes it: a host only where it is not the local one. */
void ns_id_to_client(const struct ns_id *id, struct ns_wire_id *out);
/* With every host: for the store. */
void ns_id_to_store(const struct ns_id *id, struct ns_wire_id *out);

/* "monitor cpu/usage of 0000000100000002"; cut at the buffer. */
const char *ns_id_text(const struct ns_id *id, char text[NS_TEXT_MAX]);
const char *ns_kind_text(enum safex_kind kind);
/* As it is shown in listings and logs: a program's name may hold anything. */
void ns_name_print(const char *from, char to[DIO_NAME_MAX]);

bool ns_id_equal(const struct ns_id *a, const struct ns_id *b);
/* But for the hosts: for what one host reports. */
bool ns_id_equal_at_host(const struct ns_id *a, const struct ns_id *b);

/* An order of ids, in which those that are equal at a host are. */
int ns_id_order(const struct ns_id *a, const struct ns_id *b);

/* The object that id cannot be without: class -> manager, extension -> class. */
bool ns_id_parent(const struct ns_id *id, struct ns_id *parent);
/* All that id cannot be without, directly; how many: of a channel two. */
unsigned int ns_id_needed(const struct ns_id *id, struct ns_id needed[2]);
/* Whether id cannot be without `on`, directly. */
bool ns_id_needs(const struct ns_id *id, const struct ns_id *on);

/* Order of making: managers, classes, extensions, channels. */
int ns_kind_order(enum safex_kind kind);

/* Whether one of them is of that host. */
bool ns_objects_at(const struct ns_object *o, size_t n, const char *host);

/* wire attributes. 0, or -EINVAL: too many, a bad name. */
int ns_attrs_from_wire(const dio_x_attr *attr, unsigned int n, struct ns_attrs *out);
/* Fills out[0..n-1]; the names are in->attr's. */
/* Borrows the message. */
dio_x_status ns_status_to_wire(const struct dio_status *st);
void ns_attrs_to_wire(struct ns_attrs *in, dio_x_attr out[SAFEX_ATTRS_MAX]);

#endif
