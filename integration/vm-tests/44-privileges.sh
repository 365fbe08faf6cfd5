#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Each daemon runs as its user, with the rights that ARCHITECTURE.md names.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

none=0000000000000000
bpf_and_perfmon=000000c000000000	# bits 39 and 38

status_of()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '
}

# rights NAME PID USER CAPABILITIES
rights()
{
	local uid gid set

	uid=$(id -u "$3") gid=$(id -g "$3")
	same "$1-user" "$(status_of "$2" Uid)" "$uid $uid $uid $uid"
	same "$1-group" "$(status_of "$2" Gid)" "$gid $gid $gid $gid"
	same "$1-further-groups" "$(status_of "$2" Groups | tr -d ' ')" "$gid"
	for set in CapPrm CapEff CapBnd; do
		same "$1-$set" "$(status_of "$2" "$set")" "$4"
	done
	same "$1-no-new-privileges" "$(status_of "$2" NoNewPrivs)" 1
}

# How a process holds /dev/safex: the access modes, sorted.
device_modes()
{
	local fd

	for fd in "/proc/$1/fd"/*; do
		[ "$(readlink "$fd")" = /dev/safex ] || continue
		sed -n 's/^flags:[[:space:]]*.*\([012]\)$/\1/p' "/proc/$1/fdinfo/${fd##*/}"
	done | sort | tr -d '\n'
}

mode_of()
{
	stat -c '%U:%G %a' "$1"
}

sees_device()
{
	su -s /bin/sh "$1" -c ': </dev/safex'
}

start_both || exit 1
nameserver=$(daemon_pid nameserver) safexd=$(daemon_pid safexd) loader=$(pidof safexd-loader)
rights nameserver "$nameserver" dionisys "$none"
rights safexd "$safexd" safexd "$none"
rights loader "$loader" safexd-loader "$bpf_and_perfmon"
same nameserver-has-no-device "$(device_modes "$nameserver")" ""
same safexd-may-only-read-the-device "$(device_modes "$safexd")" 0
same loader-may-write-the-device "$(device_modes "$loader")" 2
same one-loader "$(echo "$loader" | wc -w)" 1
same database-is-the-nameservers "$(mode_of /var/lib/dionisys)" "dionisys:dionisys 700"
same cache-is-safexds "$(mode_of /var/cache/safexd)" "safexd:safexd 700"
same pins-are-the-loaders "$(mode_of /sys/fs/bpf/safex)" "safexd-loader:safexd-loader 700"
for user in alice dionisys safexd safexd-loader; do
	if sees_device "$user" 2>/dev/null; then
		echo "FAIL no-device-for-$user"
	else
		echo "ok no-device-for-$user"
	fi
done
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
