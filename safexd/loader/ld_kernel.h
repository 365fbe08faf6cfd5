/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF programs: loaded, bound to a safex object by its id, and pinned so that
 * they outlive the loader. The one user of libbpf.
 */
#ifndef LD_KERNEL_H
#define LD_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define LD_PIN_DIR	"/sys/fs/bpf/safex"

/* Takes over libbpf's messages; dir is borrowed: where the pins go. */
void ld_kernel_init(const char *dir);

/*
 * Loads the object in data, whose one struct_ops map gets id, attaches it and
 * pins the link. 0, or -errno with the reason in message (size bytes) and
 * nothing left. Synchronous: the verifier may take seconds.
 */
int ld_kernel_load(const void *data, size_t length, uint32_t id,
		   char *message, size_t size);

/* Unbinds and unpins the program of id. 0, -ENOENT (no such pin) or -errno. */
int ld_kernel_unload(uint32_t id);

/* Ids that have a pin, at most max. Number of them or -errno. */
int ld_kernel_pins(uint32_t *ids, unsigned int max);

#endif
