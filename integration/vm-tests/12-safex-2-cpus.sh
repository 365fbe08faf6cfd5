#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 17
# vm: --smp 2 --real-time
# vm-seconds: 600
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The kernel module on two CPUs, in real time: no figures. The long run has
# the random part twenty times, each with another seed.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest sum across attach app stress || echo "FAIL safex-selftest exit code $?"
[ -n "$LONG" ] || exit 0
for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	SAFEX_SEED=$seed ./safex-selftest stress ||
		echo "FAIL safex-selftest stress, seed $seed"
done
