/* SPDX-License-Identifier: GPL-2.0-only */
#include "ns_authz.h"

static bool may_make_managers(const struct ns_policy *policy, const struct ns_principal *who)
{
	switch (policy->managers) {
	case NS_MANAGERS_ANY:
		return true;
	case NS_MANAGERS_GROUP:
		return who->makes_managers;
	case NS_MANAGERS_ROOT:
		return false;
	}
	return false;
}

/* From the network, without a proof of who it is: managers are no secret. */
static bool stranger_may(enum ns_verb verb, const struct ns_target *on)
{
	return verb == NS_VERB_SEE && on->kind == SAFEX_KIND_MANAGER;
}

bool ns_authz(const struct ns_policy *policy, const struct ns_principal *who, enum ns_verb verb,
	      const struct ns_target *on)
{
	if (!who->local)
		return stranger_may(verb, on);
	if (who->uid == 0)
		return true;
	switch (verb) {
	case NS_VERB_INIT:
		return true;
	case NS_VERB_CHECK:
		if (on->kind == SAFEX_KIND_NONE)
			return true;
		/* fallthrough */
	case NS_VERB_CREATE:
		if (on->kind == SAFEX_KIND_MANAGER)
			return may_make_managers(policy, who);
		break;
	case NS_VERB_SEE:
		if (on->kind == SAFEX_KIND_MANAGER)
			return true;
		break;
	case NS_VERB_DESTROY:
	case NS_VERB_REPLACE:
	case NS_VERB_END:
		break;
	case NS_VERB_RECOVER:
		return false;
	}
	return on->has_owner && on->owner == who->uid;
}
