/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attributes of a class: the manager's declared ones first, with the
 * application's values where it gives some, then the application's own. And
 * whether the contract that they state can be met.
 */
#ifndef SX_LAYOUT_H
#define SX_LAYOUT_H

#include "sx_registry.h"

/*
 * Fills class->attrs. What the application does not give has its initial
 * value by the manager's expression. DIO_E_OK, DENIED, TOO_BIG, CONTRACT
 * (an initial value that cannot be computed).
 */
enum dio_error sx_layout_merge(const struct sx_entry *manager, const struct sx_spec *spec,
			       struct sx_facts *class, struct dio_status *st);

/* By itself: DIO_E_CONTRACT. Beside the others of this host: DIO_E_ADMISSION. */
enum dio_error sx_layout_contract(const struct sx_facts *class, const struct safex_info *info,
				  struct dio_status *st);

/* Millionths of a CPU, rounded up as the kernel does. */
uint64_t sx_layout_ppm(uint64_t part, uint64_t whole);

/* Whether budget per period fits beside what extensions have reserved. */
enum dio_error sx_layout_time(uint64_t budget, uint64_t period, const struct safex_info *info,
			      struct dio_status *st);

/*
 * DIO_E_ADMISSION: each sum has room for it, and both together are too much.
 */
enum dio_error sx_layout_host(const struct safex_info *info, struct dio_status *st);

/*
 * What the scheduler said of the class's contract, as the kernel returned it.
 * false: nothing that is a contract's.
 */
bool sx_layout_not_in_force(int err, const struct sx_facts *class, const struct safex_info *info,
			    struct dio_status *st);

#endif
