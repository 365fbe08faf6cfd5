/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects as they reach the audit. The first byte chooses the role. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../safexd/sx_audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum safex_kind roles[] = { SAFEX_KIND_MONITOR, SAFEX_KIND_HANDLER,
		SAFEX_KIND_MANAGER, SAFEX_KIND_GUARD };
	struct dio_status status = { 0 };
	uint8_t *exact;

	if (size < 2)
		return 0;
	/* Also aligned as nothing in a file has to be. */
	exact = malloc(size);
	memcpy(exact, data, size);
	if (sx_audit(exact + 1, size - 1, roles[data[0] % 4], &status) && !*status.message)
		abort();
	free(exact);
	return 0;
}
