// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function that struct_ops programs may call by their kernel's rules, of a
 * module that is not safex: to see that programs of safex may not.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include "gauge.h"

__bpf_kfunc_start_defs();

__bpf_kfunc int gauge_foreign(void)
{
	return 0;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(gauge_kfunc_ids)
BTF_ID_FLAGS(func, gauge_foreign)
BTF_KFUNCS_END(gauge_kfunc_ids)

static const struct btf_kfunc_id_set gauge_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &gauge_kfunc_ids,
};

int gauge_foreign_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					 &gauge_kfunc_set);
}
