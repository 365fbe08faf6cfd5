#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 55
# vm-seconds: 600
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# Generated programs, valid and broken. SAFEX_SEED and SAFEX_CASE repeat;
# the long run has 10000. Then those that are written in C,
# which were made when the tests were built (kernel-patch/selftests/written).
# On a kernel with its checkers there are fewer, and how late an end comes is
# not judged.

cd /st || exit 1
cases=1000 exact=exact
[ -z "$LONG" ] || cases=10000
[ "$KERNEL" != debug ] || cases=200 exact=''
sh ./host.sh || echo "FAIL host-is-prepared"
# shellcheck disable=SC2086 # no argument, if it is empty
SAFEX_CASES=${SAFEX_CASES:-$cases} ./safex-selftest $exact programs ||
	echo "FAIL safex-selftest exit code $?"
cat written/report
./safex-selftest written || echo "FAIL safex-selftest exit code $?"
