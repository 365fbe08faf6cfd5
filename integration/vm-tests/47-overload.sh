#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 52
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-not: patched
# vm-not: debug
# vm-seconds: 300
#
# 64 clients at once, with LONG set 200: served or told when to come again, or
# by the library, while a contract is kept and the daemons stay small.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# The most memory a daemon has had, in KiB.
most_memory()
{
	awk '$1 == "VmHWM:" { print $2 }' "/proc/$(daemon_pid "$1")/status"
}

is_small()
{
	local kib

	kib=$(most_memory "$1")
	if [ "$kib" -le 32768 ]; then
		echo "ok $1-stays-small"
		echo "# $1: $kib KiB at most"
	else
		echo "FAIL $1-stays-small $kib KiB"
	fi
}

nothing_is_left()
{
	dionisysctl destroy-manager bulk
	dionisysctl destroy-manager cpu
	[ "$(vt state)" = "$empty" ]
}

# So many applications take longer passes than a host allows by itself.
echo 20000 >/sys/module/safex/parameters/pass_cap_us
forget_compiled
start_both || exit 1
clients=64
[ -z "$LONG" ] || clients=200
vt overload $clients || echo "FAIL vt-overload exit code $?"
is_small nameserver
is_small safexd
check nothing-is-left wait_until 30 nothing_is_left
stop_both
