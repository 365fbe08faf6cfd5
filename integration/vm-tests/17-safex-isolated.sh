#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 9
# vm: --smp 2 --append nohz_full=1
# vm-not: patched
# vm-not: debug
# vm-file: selftests:/st
#
# The second CPU is isolated: passes stay away from it.  The kernel with the
# patches is configured without isolation.

cd /st || exit 1
./safex-selftest isolated || echo "FAIL safex-selftest exit code $?"
