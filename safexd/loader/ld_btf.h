/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's BTF for libbpf without CAP_SYS_ADMIN.
 *
 * libbpf finds a module's types by BPF_BTF_GET_NEXT_ID and
 * BPF_BTF_GET_FD_BY_ID, for which Linux asks CAP_SYS_ADMIN (6.12:
 * kernel/bpf/syscall.c, bpf_obj_get_next_id and bpf_btf_get_fd_by_id), while
 * everything else the loader does needs CAP_BPF and CAP_PERFMON only. So the
 * loader takes the descriptors while it is still root, and the linker sends
 * libbpf's syscall(2) through a wrapper (-Wl,--wrap=syscall) that answers
 * these two commands from the table and passes on all others.
 */
#ifndef LD_BTF_H
#define LD_BTF_H

/*
 * Takes the BTF of the named module, once, with CAP_SYS_ADMIN. 0 or -errno;
 * -ENOENT: the module is not loaded or carries no BTF.
 */
int ld_btf_take(const char *module);

/* Number of descriptors in the table. */
unsigned int ld_btf_count(void);

#endif
