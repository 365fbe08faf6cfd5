#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 60
# vm: --smp 4
# vm-not: newer
# vm-seconds: 600
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The kernel module on four CPUs, in virtual time: these take turns, and what it
# does is the same on each run. 12-safex-2-cpus has what happens at once.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest -cost -programs -written -ends -sleeps -version -waits -window -taken -burst -still || echo "FAIL safex-selftest exit code $?"
