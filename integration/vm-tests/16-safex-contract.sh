#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 10
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
# vm-file: gauge/gauge.ko:/st/gauge.ko
# vm-not: debug
#
# The CPU manager at 500 MIPS: 650 periods of three contracts, two bursts of a
# disturbance that takes every cycle, counted by an observer of its own. On the
# patched kernel once more with reschedules that change nothing, which cost the
# stock one a reservation's end now and then.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
insmod gauge.ko || exit 1
./safex-selftest contract || echo "FAIL safex-selftest exit code $?"
[ "$KERNEL" = patched ] || exit 0
rmmod gauge && insmod gauge.ko || exit 1
./safex-selftest contract nudged || echo "FAIL safex-selftest exit code $?"
