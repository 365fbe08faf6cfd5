#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 30
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Whose contract it is: in containers, of daemons that change their user, and
# where /proc hides processes. And what the operator has set for a process.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# says_class TEXT: what is listed of classes
says_class()
{
	dionisysctl list -k class | grep -q "$1"
}

start_both || exit 1
manager_only=$(vt state)
vt who
vt hold /run/vt-ready &
app=$!
check application-has-its-contract wait_until 20 test -e /run/vt-ready
has list-tells-the-process "$(dionisysctl list -k class)" ", process $app vt"
has list-tells-the-state "$(dionisysctl list -k class)" " in force, 0 of "
chrt -o -p 0 "$app"
check its-contract-is-lost wait_until 5 says_class "lost: the process was given another policy"
has record-tells-why "$(dionisysctl records)" "is not in force: the process was given another policy"
kill -TERM "$app"
wait "$app"
mount -o remount,hidepid=2 /proc
vt who hidden
mount -o "remount,hidepid=2,gid=$(id -g safexd)" /proc
vt who shown
mount -o remount,hidepid=0,gid=0 /proc
quota=/sys/fs/cgroup/quota
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
mkdir "$quota"
echo 20000 100000 >"$quota/cpu.max"

# in_quota COMMAND...: runs it in that cgroup.
in_quota()
{
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$quota" "$@"
}

in_quota vt who quota
vt who nice
stop_daemon safexd
start_daemon safexd safexd --beyond-limits || echo "FAIL safexd-starts-with-its-option"
check safexd-is-found wait_until 10 connected
in_quota vt who beyond
rmdir "$quota"
state_becomes nothing-of-them-is-left 10 "$manager_only"
dionisysctl destroy-manager cpu
state_becomes nothing-is-left 5 "$empty"
stop_both
