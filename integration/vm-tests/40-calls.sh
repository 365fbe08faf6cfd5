#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 16
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# The good path: the paper's calls, down to the scheduler and back.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

start_nameserver || exit 1
start_daemon safexd safexd || exit 1
vt calls
stop_both
