#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 23
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-not: patched
#
# Bad input: an error that says what is wrong, and nothing left of it.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

start_both || exit 1
vt input
vt users
same nothing-is-left "$(vt manager; dionisysctl destroy-manager cpu; vt state)" "$empty"
stop_both
