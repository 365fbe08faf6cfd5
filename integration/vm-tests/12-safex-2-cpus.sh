#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 17
# vm: --smp 2
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The kernel module on two CPUs, in real time: no figures.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest sum across stress || echo "FAIL safex-selftest exit code $?"
