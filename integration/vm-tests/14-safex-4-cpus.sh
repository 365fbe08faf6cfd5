#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 44
# vm: --smp 4
# vm-seconds: 600
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The kernel module on four CPUs, in real time: no figures. What it does is
# bound by the host's time.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest -cost -ends -window -direct -kfunc -guard -rules -programs -written -version || echo "FAIL safex-selftest exit code $?"
