#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 24
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-file: ARCHITECTURE.md:/vm-lib/ARCHITECTURE.md
#
# Each process runs as the user, with the capabilities, system calls and files
# that the table of ARCHITECTURE.md names.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# cell PROCESS COLUMN: of the table
cell()
{
	awk -F ' *[|] *' -v process="$1" -v column="$2" '
		{ gsub("`", "") }
		/^[|]/ && index($2, process) == 1 { print $column }
	' /vm-lib/ARCHITECTURE.md
}

# As /proc writes a set of capabilities; bits 39 and 38.
capabilities()
{
	case $(cell "$1" 4) in
	none) echo 0000000000000000 ;;
	'CAP_BPF, CAP_PERFMON') echo 000000c000000000 ;;
	esac
}

# Of seccomp in /proc: 2 is a filter.
filter()
{
	case $(cell "$1" 5) in
	all) echo 0 ;;
	listed) echo 2 ;;
	esac
}

status_of()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '
}

# rights NAME PID PROCESS: as its row of the table says
rights()
{
	local user uid gid set

	user=$(cell "$3" 3)
	user=${user%% *}
	uid=$(id -u "$user") gid=$(id -g "$user")
	same "$1-user" "$(status_of "$2" Uid)" "$uid $uid $uid $uid"
	same "$1-group" "$(status_of "$2" Gid)" "$gid $gid $gid $gid"
	for set in CapPrm CapEff CapBnd; do
		same "$1-$set" "$(status_of "$2" "$set")" "$(capabilities "$3")"
	done
	same "$1-no-new-privileges" "$(status_of "$2" NoNewPrivs)" 1
	same "$1-system-calls" "$(status_of "$2" Seccomp)" "$(filter "$3")"
}

# What a process holds beside its standard streams, without numbers.
held()
{
	local fd

	for fd in "/proc/$1/fd"/*; do
		[ "${fd##*/}" -le 2 ] || readlink "$fd"
	done | sed 's/:\[[0-9]*\]$//' | sort -u | tr '\n' ' '
}

standard_streams()
{
	local fd

	for fd in 0 1 2; do
		readlink "/proc/$1/fd/$fd"
	done | cut -d : -f 1 | tr '\n' ' '
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

# A source that keeps the compiler busy until its limit: functions that double.
busy_source()
{
	local i

	echo '#include <safex/manager.h>'
	echo 's64 v; static void f0(void) { v += v * v; v ^= v << 3; }'
	for i in 1 2 3 4 5 6 7 8; do
		echo "static void f$i(void) { $(yes "f$((i - 1))();" | head -n 8 | tr '\n' ' ') }"
	done
	echo 'void manager(void) { f8(); }'
}

other_namespaces()
{
	local ns

	for ns in user mnt pid net ipc uts; do
		[ "$(readlink "/proc/$1/ns/$ns")" != "$(readlink "/proc/$safexd/ns/$ns")" ] || return 1
	done
}

# Others have loaded and wait: that takes less than 3 s of CPU time.
busy_compiler()
{
	local pid

	for pid in $(pidof clang); do
		awk '{ exit $14 + $15 < 300 }' "/proc/$pid/stat" && echo "$pid" && return
	done
	return 1
}

compiler_is_gone()
{
	! [ -d "/proc/$1" ]
}

parent_of()
{
	status_of "$1" PPid
}

# clang < bubblewrap's process 1 < bubblewrap < worker < safexd
compile_is_watched()
{
	local clang worker

	busy_source >/tmp/busy.c
	dionisysctl create-manager busy 1 /tmp/busy.c >/tmp/busy.log 2>&1 &
	check compiler-runs wait_until 25 busy_compiler || return
	clang=$(busy_compiler)
	worker=$(parent_of "$(parent_of "$(parent_of "$clang")")")
	same worker-is-safexds "$(parent_of "$worker")" "$safexd"
	rights worker "$worker" worker
	same worker-holds "$(held "$worker")" "pipe "
	rights compiler "$clang" compiler
	same compiler-holds-three-pipes "$(standard_streams "$clang")" "pipe pipe pipe "
	same and-nothing-else "$(held "$clang")" ""
	check compiler-has-its-own-namespaces other_namespaces "$clang"
	same compiler-sees-its-files "$(cd "/proc/$clang/root" && echo *)" "clang lib lib64 resource sdk"
	same compiler-has-no-environment "$(tr '\0' '\n' <"/proc/$clang/environ" | cut -d = -f 1 | sort |
		tr '\n' ' ')" "LD_LIBRARY_PATH PWD "
	has compiler-has-limits "$(tr -s ' ' <"/proc/$clang/limits")" "address space 1073741824" \
		"core file size 0 0" "open files 32 32"
	kill -KILL "$worker"
	check compiler-ends-with-its-worker wait_until 5 compiler_is_gone "$clang"
	wait $!
	has the-killed-compile-is-said "$(cat /tmp/busy.log)" "ended without a result"
}

start_both || exit 1
nameserver=$(daemon_pid nameserver) safexd=$(daemon_pid safexd) loader=$(pidof safexd-loader)
rights nameserver "$nameserver" dionisys-nameserver
rights safexd "$safexd" 'safexd (front)'
rights loader "$loader" safexd-loader
for process in "$nameserver" "$safexd" "$loader"; do
	gid=$(status_of "$process" Gid)
	same "$process-no-further-groups" "$(status_of "$process" Groups | tr -d ' ')" "${gid%% *}"
done
same loader-holds "$(held "$loader")" "/dev/safex anon_inode:btf socket "
same loader-stands-in-its-pins "$(readlink "/proc/$loader/cwd")" /sys/fs/bpf/safex
same only-the-loader-has-libbpf "$(grep -l 'libbpf: ' /usr/sbin/safexd \
	/usr/sbin/dionisys-nameserver /usr/bin/safexcc /usr/bin/dionisysctl \
	/usr/libexec/dionisys/safexd-loader)" /usr/libexec/dionisys/safexd-loader
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
compile_is_watched
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
