/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to a safexd by RPC. */
#ifndef NS_LINK_H
#define NS_LINK_H

#include "ns_safexd.h"

struct event_base;

extern const struct ns_link_ops ns_link_rpc;

/* To be given to ns_add_host() with ns_link_rpc. NULL: bad address or no memory. */
void *ns_link_new(struct event_base *base, const char *address);

#endif
