// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "st.h"
#include "st_raw.h"

/* Newer than Debian 12's <linux/bpf.h>. */
#define ST_F_LINK	(1u << 13)
#define ST_F_VTYPE_FD	(1u << 15)
#define ST_STRUCT_OPS	44
#define ST_LOG_STATS	4	/* refusals are said, instructions not listed */
#define ST_VALUE_MAX	512

static const struct {
	uint32_t kind;
	const char *ops;
	uint32_t member;	/* of the function in ops; 0 is the id */
} st_shapes[] = {
	{ SAFEX_KIND_MANAGER, "safex_manager_ops", 1 },
	{ SAFEX_KIND_GUARD, "safex_guard_ops", 1 },
	{ SAFEX_KIND_MONITOR, "safex_extension_ops", 1 },
	{ SAFEX_KIND_HANDLER, "safex_extension_ops", 2 },
};

static struct btf *st_vmlinux, *st_module;
static int st_module_fd = -1, st_foreign_fd = -1;
static int st_own_fd;		/* types of the programs': none, but the kernel asks */

static unsigned int st_shape(uint32_t kind)
{
	unsigned int i = 0;

	while (st_shapes[i].kind != kind)
		i++;
	return i;
}

/* The kernel's descriptor of a module's types. */
static int st_find_module(const char *wanted)
{
	struct bpf_btf_info info;
	uint32_t id = 0, size;
	char name[64];
	int fd;

	while (!bpf_btf_get_next_id(id, &id)) {
		fd = bpf_btf_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		info.name = (uintptr_t)name;
		info.name_len = sizeof(name);
		size = sizeof(info);
		if (!bpf_btf_get_info_by_fd(fd, &info, &size) &&
		    info.kernel_btf && !strcmp(name, wanted))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int st_own_types(void)
{
	struct btf *own = btf__new_empty();

	if (!own || btf__add_int(own, "int", 4, BTF_INT_SIGNED) < 0 ||
	    btf__load_into_kernel(own))
		return -EINVAL;
	return btf__fd(own);
}

bool st_raw_init(void)
{
	if (st_module_fd >= 0)
		return true;
	st_own_fd = st_own_types();
	st_vmlinux = btf__load_vmlinux_btf();
	st_module = st_vmlinux ? btf__load_module_btf("safex", st_vmlinux) : NULL;
	st_module_fd = st_module ? st_find_module("safex") : -ENOENT;
	return st_module_fd >= 0 && st_own_fd >= 0;
}

void st_raw_forget(void)
{
	close(st_own_fd);
	close(st_module_fd);
	st_module_fd = -1;
	btf__free(st_module);
	btf__free(st_vmlinux);
}

void st_emit(struct st_code *c, uint8_t code, uint8_t dst, uint8_t src,
	     int16_t off, int32_t imm)
{
	if (c->n < ST_CODE_MAX)
		c->insn[c->n++] = (struct bpf_insn){
			.code = code, .dst_reg = dst, .src_reg = src,
			.off = off, .imm = imm,
		};
}

/* Number 1 of the program's table of descriptors is safex, 0 the kernel. */
void st_emit_call(struct st_code *c, const char *kfunc)
{
	int id = btf__find_by_name_kind(st_module, kfunc, BTF_KIND_FUNC);
	bool own = id >= (int)btf__type_cnt(st_vmlinux);

	st_emit(c, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, own, id);
}

int st_emit_foreign(struct st_code *c, const char *module, const char *kfunc)
{
	struct btf *types = btf__load_module_btf(module, st_vmlinux);
	int id = types ? btf__find_by_name_kind(types, kfunc, BTF_KIND_FUNC) : -ENOENT;

	btf__free(types);
	if (id < 0)
		return id;
	if (st_foreign_fd < 0)
		st_foreign_fd = st_find_module(module);
	st_emit(c, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 2, id);
	return 0;
}

void st_emit_set(struct st_code *c, uint8_t ctx, uint32_t slot, uint8_t value,
		 uint8_t temp)
{
	int16_t set = SAFEX_CTX_SET + slot / 32 * 4;

	STX(c, BPF_DW, ctx, SAFEX_CTX_ATTR + 8 * slot, value);
	st_emit(c, BPF_ST | BPF_MEM | BPF_W, ctx, 0, SAFEX_CTX_LINE + 4 * slot, 0);
	LDX(c, BPF_W, temp, ctx, set);
	st_emit(c, BPF_ALU | BPF_OR | BPF_K, temp, 0, 0, 1u << slot % 32);
	STX(c, BPF_W, ctx, set, temp);
}

void st_emit_value(struct st_code *c, uint8_t dst, int map, int32_t off)
{
	st_emit(c, BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_VALUE, 0, map);
	st_emit(c, 0, 0, 0, 0, off);
}

int st_raw_array(uint32_t size)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "statics", sizeof(uint32_t),
			      size, 1, NULL);
}

static int st_type(const char *prefix, uint32_t kind)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, st_shapes[st_shape(kind)].ops);
	return btf__find_by_name_kind(st_module, name, BTF_KIND_STRUCT);
}

int st_raw_load(const struct st_code *c, uint32_t kind, char *log, size_t size)
{
	static int fds[INT16_MAX + 1];	/* for any number a call may have */
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = st_shapes[st_shape(kind)].member,
		.attach_btf_id = st_type("", kind),
		.attach_btf_obj_fd = st_module_fd, .fd_array = fds,
		.log_level = ST_LOG_STATS, .log_buf = log, .log_size = size);
	int fd;
	char *stats;

	memset(fds, -1, sizeof(fds));
	fds[1] = st_module_fd;
	fds[2] = st_foreign_fd;
	*log = '\0';
	fd = bpf_prog_load(BPF_PROG_TYPE_STRUCT_OPS, "raw", "GPL", c->insn, c->n,
			   &opts);
	stats = strstr(log, "processed ");
	if (stats)
		*stats = '\0';
	return fd;
}

/* The table with one function; its value begins with what is the kernel's. */
static int st_raw_fill(int map, int program, uint32_t kind, uint32_t id)
{
	const struct btf_type *outer = btf__type_by_id(
		st_module, st_type("bpf_struct_ops_", kind));
	const struct btf_type *ops = btf__type_by_id(st_module, st_type("", kind));
	uint64_t value[ST_VALUE_MAX / sizeof(uint64_t)] = { 0 };
	uint32_t data = btf_member_bit_offset(outer, 1) / 8, key = 0;
	uint32_t at = btf_member_bit_offset(ops, st_shapes[st_shape(kind)].member) / 8;

	memcpy((char *)value + data, &id, sizeof(id));
	value[(data + at) / sizeof(*value)] = program;
	return bpf_map_update_elem(map, &key, value, 0);
}

int st_raw_bind(struct st_raw *r, int program, uint32_t kind, uint32_t id)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		.map_flags = ST_F_LINK | ST_F_VTYPE_FD, .btf_fd = st_own_fd,
		.btf_vmlinux_value_type_id = st_type("bpf_struct_ops_", kind),
		.value_type_btf_obj_fd = st_module_fd);
	const struct btf_type *t = btf__type_by_id(
		st_module, opts.btf_vmlinux_value_type_id);
	int ret;

	r->link = -1;
	r->map = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, "raw",
				sizeof(uint32_t), t->size, 1, &opts);
	if (r->map < 0)
		return r->map;
	ret = st_raw_fill(r->map, program, kind, id);
	if (!ret) {
		r->link = bpf_link_create(r->map, 0, ST_STRUCT_OPS, NULL);
		ret = r->link < 0 ? r->link : 0;
	}
	if (ret)
		st_raw_unbind(r);
	return ret;
}

void st_raw_unbind(struct st_raw *r)
{
	if (r->link >= 0)
		close(r->link);
	if (r->map >= 0)
		close(r->map);
	r->link = r->map = -1;
}
