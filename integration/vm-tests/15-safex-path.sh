#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 27
# vm: --shift 0
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
# vm-file: gauge/gauge.ko:/st/gauge.ko
# vm-file: bench/path/user-manager:/st/user-manager
#
# What a round for three processes costs, in instructions, beside a user-level
# manager's: judged on a kernel with the patches.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
insmod gauge.ko || exit 1
./safex-selftest exact path || echo "FAIL safex-selftest exit code $?"
./safex-selftest exact ticks || echo "FAIL safex-selftest ticks exit code $?"
