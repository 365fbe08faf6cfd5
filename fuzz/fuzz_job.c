/* SPDX-License-Identifier: GPL-2.0-only */
/* Jobs as they reach a worker. What is taken is the same when it is packed again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../safexd/sx_job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SX_JOB_MAX];
	struct sx_job job;
	size_t n;

	if (sx_job_unpack(data, size, &job))
		return 0;
	if (sx_job_pack(&job, again, &n) || n != size || memcmp(again, data, size))
		abort();
	return 0;
}
