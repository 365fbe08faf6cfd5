#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 44
# vm: --smp 4
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The kernel module on four CPUs, in real time: no figures. With LONG set it makes
# and ends thousands of contracts.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest -cost -window -direct -kfunc -guard -rules -programs -written -version || echo "FAIL safex-selftest exit code $?"
