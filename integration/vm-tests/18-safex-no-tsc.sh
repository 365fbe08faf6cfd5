#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 20
# vm: --append tsc=unstable --append tsc=noirqtime
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
# vm-not: debug
#
# A CPU whose cycle counter is not to be trusted: the module asks the kernel's clock
# each time, and what it interrupts is charged for it by each kernel, also by one
# that could account interrupts apart.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
grep -q tsc /sys/devices/system/clocksource/clocksource0/current_clocksource &&
	echo "FAIL the-counter-is-not-used"
./safex-selftest taken time window sleeps direct || echo "FAIL safex-selftest exit code $?"
