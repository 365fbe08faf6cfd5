#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 40
# vm: --smp 4
# vm-not: newer
# vm-seconds: 600
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
#
# The ends of contracts on four CPUs; 10-safex has them on one. With LONG set
# thousands, and 200 at once.

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
./safex-selftest ends || echo "FAIL safex-selftest exit code $?"
