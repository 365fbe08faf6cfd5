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

#define LD_PINS_MAX	1024		/* looked at in one go */

/* A version of the program of an object; 0 of one that is never replaced. */
struct ld_pin {
	uint32_t id, version;
};

/*
 * Loads the object in data, whose one struct_ops map gets pin->id, attaches it
 * and pins the link and, of what can be replaced, the variables. *share: version of the same object whose
 * variables (.data and .bss, of the same sizes) it goes on with; set to 0 when
 * there are none such, and then it starts with its own. 0, or -errno with the
 * reason in message (size bytes) and nothing left. Synchronous: the verifier
 * may take seconds.
 */
int ld_kernel_load(const void *data, size_t length, const struct ld_pin *pin,
		   uint32_t *share, char *message, size_t size);

/* Unbinds and unpins one version. 0, -ENOENT (no such pin) or -errno. */
int ld_kernel_unload(const struct ld_pin *pin);

/* 0, -ENOENT (no such pin) or -errno. */
int ld_kernel_pinned(const struct ld_pin *pin);

/* What has a pin, at most max. Number of them or -errno. */
int ld_kernel_pins(struct ld_pin *pins, unsigned int max);

#endif
