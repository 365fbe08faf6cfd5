// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three struct_ops types.  Attaching a program binds it to the object
 * whose id it carries; detaching, by closing or unpinning the link, unbinds.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/module.h>
#include "safex_internal.h"

/* Instructions: some 20 us in a row, without a loop. */
#define SAFEX_PROGRAM_MAX	32768

/* The same with what it calls, see safex_weight.c, from the end of its time on. */
#define SAFEX_EXPIRED_MAX	65536

/*
 * What a program may call is short: a helper that iterates or takes its time
 * would run past the end of a reservation, for only back edges are checked.
 * None copies a map's value, which may be as large as memory: programs load and
 * store where they have looked it up.
 */
static const struct bpf_func_proto *
safex_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_ktime_get_ns:
		return bpf_base_func_proto(id, prog);
	default:
		return NULL;
	}
}

static bool safex_valid_access(int off, int size, enum bpf_access_type type,
			       const struct bpf_prog *prog,
			       struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static const struct btf *safex_btf;

/*
 * What programs may write of what they are handed, see safex_ops.h: bytes
 * first .. end-1.  The three structs that are handed to programs are told from
 * each other by their sizes, for ids of types change where a module is loaded.
 */
static const struct {
	u32 size, first, end;
} safex_writable[] = {
	{ sizeof(struct safex_ctx), offsetof(struct safex_ctx, set),
	  offsetof(struct safex_ctx, seal) },
	{ sizeof(struct safex_guard_ctx), offsetof(struct safex_guard_ctx, maps),
	  offsetof(struct safex_guard_ctx, attr) },
};

static_assert(sizeof(struct safex_ctx) != sizeof(struct safex_guard_ctx) &&
	      sizeof(struct safex_ctx) != sizeof(struct safex_share) &&
	      sizeof(struct safex_guard_ctx) != sizeof(struct safex_share));

static bool safex_is_writable(u32 struct_size, int off, int size)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(safex_writable); i++)
		if (struct_size == safex_writable[i].size)
			return off >= (int)safex_writable[i].first &&
			       off + size <= (int)safex_writable[i].end;
	return false;
}

/* Only writes are asked for: all may be read. */
static int safex_struct_access(struct bpf_verifier_log *log,
			       const struct bpf_reg_state *reg, int off, int size)
{
	const struct btf_type *t = btf_type_by_id(reg->btf, reg->btf_id);

	if (reg->btf == safex_btf && t && btf_type_is_struct(t) &&
	    safex_is_writable(t->size, off, size))
		return 0;
	bpf_log(log, "only what a context has to be set can be written, not offset %d\n",
		off);
	return -EACCES;
}

static const struct bpf_verifier_ops safex_verifier_ops = {
	.get_func_proto = safex_func_proto,
	.is_valid_access = safex_valid_access,
	.btf_struct_access = safex_struct_access,
#ifdef bpf_may_goto_flag
	.may_goto_flag = &safex_loop_end,
#endif
};

static int safex_btf_init(struct btf *btf)
{
	safex_btf = btf;
	return 0;
}

/* Whether these are the types of this module, not of one before it. */
bool safex_btf_is_own(const struct btf *btf)
{
	return btf == safex_btf;
}

/*
 * Of functions of the kernel proper bpf_throw() and no other; built in, those
 * of safex are among these.  Else off tells a module in a table that only the
 * verifier has: a function of another one passes here if it happens to have the
 * number of one of ours there.
 */
static bool safex_call_allowed(const struct bpf_insn *insn)
{
	if (insn->code != (BPF_JMP | BPF_CALL) ||
	    insn->src_reg != BPF_PSEUDO_KFUNC_CALL)
		return true;
	if (!insn->off && safex_is_throw(insn->imm))
		return true;
	return !insn->off == IS_BUILTIN(CONFIG_SAFEX) && safex_is_own(insn->imm);
}

/*
 * The end of a reservation is a flag, which stops nothing that does not look at
 * it.  So a program must come to its end soon once the flag is set, wherever it is
 * then: the time is the kernel's to end, not that of whoever has made the program.
 */
static int safex_check_time(const struct bpf_prog *prog)
{
	s64 weight;

	if (prog->len > SAFEX_PROGRAM_MAX)
		return -EINVAL;
	weight = safex_weight_expired(prog);
	if (weight == -ENOMEM)
		return weight;
	return weight >= 0 && weight <= SAFEX_EXPIRED_MAX ? 0 : -EINVAL;
}

static int safex_check_member(const struct btf_type *t,
			      const struct btf_member *member,
			      const struct bpf_prog *prog)
{
	u32 i;

	if (prog->sleepable)
		return -EINVAL;
	for (i = 0; i < prog->len; i++)
		if (!safex_call_allowed(&prog->insnsi[i]))
			return -EACCES;
	return safex_check_time(prog);
}

/* All three types begin with the id. */
static int safex_init_member(const struct btf_type *t,
			     const struct btf_member *member,
			     void *kdata, const void *udata)
{
	if (__btf_member_bit_offset(t, member))
		return 0;
	*(u32 *)kdata = *(const u32 *)udata;
	return 1;
}

static int safex_bind_ext(struct safex_obj *obj, void *kdata)
{
	struct safex_extension_ops *ops = kdata;
	struct safex_ext *ext = safex_ext_of(obj);
	bool monitor = obj->kind == SAFEX_KIND_MONITOR;

	if (!ops->monitor == monitor || !ops->handler == !monitor)
		return -EINVAL;
	return safex_version_bind(ext, ops);
}

static int safex_reg_ext(void *kdata, struct bpf_link *link)
{
	struct safex_extension_ops *ops = kdata;
	struct safex_obj *obj;
	int ret = -ENOENT;

	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_NONE, ops->id);
	if (obj && (obj->kind == SAFEX_KIND_MONITOR ||
		    obj->kind == SAFEX_KIND_HANDLER))
		ret = safex_bind_ext(obj, kdata);
	mutex_unlock(&safex_mutex);
	return ret;
}

/* Passes run programs under the lock: after this none is inside, or comes. */
static void safex_unreg_ext(void *kdata, struct bpf_link *link)
{
	struct safex_extension_ops *ops = kdata;
	struct safex_obj *obj;

	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_NONE, ops->id);
	if (obj && (obj->kind == SAFEX_KIND_MONITOR ||
		    obj->kind == SAFEX_KIND_HANDLER))
		safex_version_unbind(safex_ext_of(obj), ops);
	mutex_unlock(&safex_mutex);
}

/*
 * Under manager->lock: a pass on another CPU takes the program away that aborts
 * too often.  What was refused is freed by the caller, so an error must mean
 * that nothing was bound.
 */
static int safex_bind_manager(struct safex_manager *m,
			      struct safex_manager_ops *ops,
			      struct safex_program program)
{
	struct safex_class *cls;

	lockdep_assert_held(&m->lock);
	if (m->ops)
		return -EBUSY;
	m->ops = ops;
	m->program = program;
	safex_account_forgive(&m->account);
	list_for_each_entry(cls, &m->classes, node)
		safex_act_drop(&cls->act);
	return 0;
}

static int safex_reg_manager(void *kdata, struct bpf_link *link)
{
	struct safex_manager_ops *ops = kdata;
	struct safex_program program;
	struct safex_manager *m;
	struct safex_obj *obj;
	int ret;

	if (!ops->manager)
		return -EINVAL;
	ret = safex_program_find(&program, ops,
				 offsetof(struct safex_manager_ops, manager));
	if (ret)
		return ret;
	ret = -ENOENT;
	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_MANAGER, ops->id);
	if (obj) {
		m = safex_manager_of(obj);
		spin_lock_bh(&m->lock);
		ret = safex_bind_manager(m, ops, program);
		spin_unlock_bh(&m->lock);
	}
	mutex_unlock(&safex_mutex);
	return ret;
}

static void safex_unreg_manager(void *kdata, struct bpf_link *link)
{
	struct safex_manager_ops *ops = kdata;
	struct safex_manager *m;
	struct safex_obj *obj;

	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_MANAGER, ops->id);
	if (obj) {
		m = safex_manager_of(obj);
		spin_lock_bh(&m->lock);
		if (m->ops == ops)
			m->ops = NULL;
		spin_unlock_bh(&m->lock);
	}
	mutex_unlock(&safex_mutex);
}

/* Under manager->lock. */
static int safex_bind_guard(struct safex_guard *guard,
			    struct safex_guard_ops *ops,
			    struct safex_program program)
{
	if (guard->ops)
		return -EBUSY;
	guard->ops = ops;
	guard->program = program;
	return 0;
}

static int safex_reg_guard(void *kdata, struct bpf_link *link)
{
	struct safex_guard_ops *ops = kdata;
	struct safex_program program;
	struct safex_manager *m;
	struct safex_obj *obj;
	int ret;

	if (!ops->guard)
		return -EINVAL;
	ret = safex_program_find(&program, ops,
				 offsetof(struct safex_guard_ops, guard));
	if (ret)
		return ret;
	ret = -ENOENT;
	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_GUARD, ops->id);
	if (obj) {
		m = safex_guard_owner(obj);
		spin_lock_bh(&m->lock);
		ret = safex_bind_guard(&m->guard, ops, program);
		spin_unlock_bh(&m->lock);
	}
	mutex_unlock(&safex_mutex);
	return ret;
}

static void safex_unreg_guard(void *kdata, struct bpf_link *link)
{
	struct safex_guard_ops *ops = kdata;
	struct safex_manager *m;
	struct safex_obj *obj;

	mutex_lock(&safex_mutex);
	obj = safex_obj_find(SAFEX_KIND_GUARD, ops->id);
	if (obj) {
		m = safex_guard_owner(obj);
		spin_lock_bh(&m->lock);
		if (m->guard.ops == ops) {
			m->guard.ops = NULL;
			m->guard.program = (struct safex_program){};
		}
		spin_unlock_bh(&m->lock);
	}
	mutex_unlock(&safex_mutex);
}

/* Never called: they give the verifier the types of arguments and result. */
static int safex_stub_ext(struct safex_ctx *ctx)
{
	return 0;
}

static int safex_stub_manager(struct safex_ctx *ctx, struct safex_share *share)
{
	return 0;
}

static int safex_stub_guard(struct safex_guard_ctx *ctx)
{
	return 0;
}

static struct safex_extension_ops safex_extension_stubs = {
	.monitor = safex_stub_ext,
	.handler = safex_stub_ext,
};

static struct safex_manager_ops safex_manager_stubs = {
	.manager = safex_stub_manager,
};

static struct safex_guard_ops safex_guard_stubs = {
	.guard = safex_stub_guard,
};

#define SAFEX_STRUCT_OPS(type, suffix)				\
	.verifier_ops = &safex_verifier_ops,			\
	.init = safex_btf_init,					\
	.check_member = safex_check_member,			\
	.init_member = safex_init_member,			\
	.reg = safex_reg_##suffix,				\
	.unreg = safex_unreg_##suffix,				\
	.cfi_stubs = &safex_##type##_stubs,			\
	.name = "safex_" #type "_ops",				\
	.owner = THIS_MODULE

static struct bpf_struct_ops safex_extension_type = {
	SAFEX_STRUCT_OPS(extension, ext),
};

static struct bpf_struct_ops safex_manager_type = {
	SAFEX_STRUCT_OPS(manager, manager),
};

static struct bpf_struct_ops safex_guard_type = {
	SAFEX_STRUCT_OPS(guard, guard),
};

/* Programs know these places by number. */
static_assert(offsetof(struct safex_ctx, expired) == SAFEX_CTX_EXPIRED);
static_assert(offsetof(struct safex_ctx, zero) == SAFEX_CTX_ZERO);
static_assert(offsetof(struct safex_ctx, set) == SAFEX_CTX_SET);
static_assert(offsetof(struct safex_ctx, attr) == SAFEX_CTX_ATTR);
static_assert(offsetof(struct safex_ctx, line) == SAFEX_CTX_LINE);

int safex_bpf_init(void)
{
	int ret = register_bpf_struct_ops(&safex_extension_type,
					  safex_extension_ops);

	if (!ret)
		ret = register_bpf_struct_ops(&safex_manager_type,
					      safex_manager_ops);
	if (!ret)
		ret = register_bpf_struct_ops(&safex_guard_type,
					      safex_guard_ops);
	return ret;
}
