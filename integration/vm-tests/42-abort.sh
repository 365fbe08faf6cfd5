#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 18
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Extensions that never return or divide by zero.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

start_both || exit 1
vt abort
stop_both
