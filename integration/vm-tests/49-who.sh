#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 30
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Whose contract it is: in containers, of daemons that change their user, and
# where /proc hides processes.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

start_both || exit 1
manager_only=$(vt state)
vt who
mount -o remount,hidepid=2 /proc
vt who hidden
mount -o "remount,hidepid=2,gid=$(id -g safexd)" /proc
vt who shown
mount -o remount,hidepid=0,gid=0 /proc
state_becomes nothing-of-them-is-left 10 "$manager_only"
dionisysctl destroy-manager cpu
state_becomes nothing-is-left 5 "$empty"
stop_both
