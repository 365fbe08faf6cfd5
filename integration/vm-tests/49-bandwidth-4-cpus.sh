#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 60
# vm: --smp 4
# vm-not: newer
# vm-seconds: 600
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-file: selftests:/st
#
# The same with four CPUs, which take turns.

# shellcheck source-path=SCRIPTDIR source=49-bandwidth.sh
. /tests/49-bandwidth.sh
