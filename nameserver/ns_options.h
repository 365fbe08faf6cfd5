/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NS_OPTIONS_H
#define NS_OPTIONS_H

#include "dio_log.h"
#include "dio_rpc.h"
#include "ns_authz.h"

#define NS_LISTEN_MAX	8
#define NS_SAFEXD_MAX	64
#define NS_PORT		7105

struct ns_host_option {
	char	    name[DIO_NAME_MAX];
	const char *address;
};

/* Strings are argv's, or static. */
struct ns_options {
	const char	     *database;
	const char	     *listen[NS_LISTEN_MAX];
	unsigned int	      n_listen;
	struct ns_host_option safexd[NS_SAFEXD_MAX];
	unsigned int	      n_safexd;
	const char	     *user;
	struct ns_policy      policy;
	enum dio_log_level    log_level;
	bool		      help, version;
};

/* 0, or -EINVAL after a line on stderr that says what is wrong. */
int ns_options_parse(int argc, char **argv, struct ns_options *out);
void ns_options_help(void);

#endif
