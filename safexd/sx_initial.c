/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of a new class that its application did not give. */
#include <errno.h>
#include "sx_expr.h"
#include "sx_pipeline.h"

struct values {
	struct sx_expr expr[SAFEX_ATTRS_MAX];
	uint64_t known;
};

static int parse(struct values *v, const char initial[][SX_EXPRESSION],
		 const struct safex_attr *attrs, unsigned int n)
{
	char why[SX_EXPR_WHY];

	for (unsigned int i = 0; i < n; i++) {
		if (v->known & 1ull << i)
			continue;
		if (!*initial[i])
			v->known |= 1ull << i;	/* as it is: 0 */
		else if (sx_expr_parse(&v->expr[i], initial[i], attrs, n, why, sizeof(why)))
			return -EINVAL;
	}
	return 0;
}

/* Those whose operands are known, in turn, until no more becomes known. */
int sx_initial_values(const char initial[][SX_EXPRESSION], struct safex_attr *attrs,
		      unsigned int n_attrs, uint64_t given, unsigned int *slot)
{
	uint64_t all = n_attrs < 64 ? (1ull << n_attrs) - 1 : ~0ull, before;
	struct values v = { .known = given };
	int64_t value;
	int ret = parse(&v, initial, attrs, n_attrs);

	*slot = 0;
	do {
		before = v.known;
		for (unsigned int i = 0; i < n_attrs && !ret; i++) {
			if (v.known & 1ull << i || v.expr[i].uses & ~v.known)
				continue;
			*slot = i;
			ret = sx_expr_eval(&v.expr[i], attrs, &value);
			attrs[i].value = value;
			v.known |= 1ull << i;
		}
	} while (!ret && v.known != before);
	if (ret || !(all & ~v.known))
		return ret;
	*slot = (unsigned int)__builtin_ctzll(all & ~v.known);
	return -EINVAL;			/* they need each other */
}
