#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 17
# vm: --shift 0
# vm-file: selftests:/st
# vm-not: debug
#
# One instruction takes one nanosecond here: how late endless loops are ended,
# and how many instructions the checks add to a loop.

cd /st || exit 1
what='abort cost'
# How a loop is compiled is another matter with each kernel.
[ "$KERNEL" != newer ] || what=abort
# shellcheck disable=SC2086
./safex-selftest exact $what || echo "FAIL safex-selftest exit code $?"
