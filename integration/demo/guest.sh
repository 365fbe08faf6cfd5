#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guest.sh with|without
#
# The main job, in the VM: three encoders with a contract each, and a
# disturbance; with Dionisys, or the same without it. The table goes to
# stdout, measurements to /out. TTY=1: the table is redrawn in place.

# shellcheck source-path=SCRIPTDIR source=../guest/daemons.sh
. /vm-lib/daemons.sh

encoders='P1:20:100 P2:30:100 P3:80:200'	# name : target ms : period ms
seconds=30
seed=17			# bursts from 6.9 s to 9.7 s and from 20.8 s to 25.3 s
manager=/usr/share/dionisys/managers/cpu.c
user=alice		# nobody special
run=/run/demo
logs=/out/log
encoder_pids='' disturbance_pid=''

die()
{
	echo "demo: $*"
	exit 1
}

# The paper's daemons, too, have priority 97: above the disturbance.
start_daemons()
{
	start_daemon nameserver chrt -f 97 dionisys-nameserver || exit 1
	start_daemon safexd chrt -f 97 safexd || exit 1
	echo "nameserver and safexd run"
	dionisysctl create-manager cpu 1 "$manager" || die "no CPU manager"
	echo "CPU service manager: compiled, guarded, loaded"
}

# The kernel makes huge pages of a process's memory from time to time, half a
# millisecond each without a chance to run anything else: not on a machine that
# keeps time.
quiet_kernel()
{
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
}

progress_files()
{
	for e in $encoders; do
		echo "$run/progress/${e%%:*}"
	done
	echo "$run/progress/disturbance"
}

start_watch()
{
	# shellcheck disable=SC2046 # names without blanks
	dio-watch --gate "$run/gate" --seconds "$seconds" --out /out \
		${TTY:+--terminal} $(progress_files) &
	watch_pid=$!
	wait_until 5 test -e "$run/gate" || die "dio-watch made no gate"
}

# The whole path, because busybox has a setpriv that can do less.
# One after another: the second finds what the first one had compiled.
start_encoder()
{
	local name=${1%%:*} contract=${1#*:} option=''

	[ "$mode" = with ] || option=--no-dionisys
	/usr/bin/setpriv --reuid="$user" --regid="$user" --init-groups \
		dio-mpeg --name "$name" --target "${contract%:*}" \
		--period "${contract#*:}" --gate "$run/gate" \
		--progress "$run/progress/$name" $option \
		>"$logs/$name.log" 2>&1 &
	encoder_pids="$encoder_pids $!"
	dio-watch --patience 120 --wait "$run/progress/$name" || {
		cat "$logs/$name.log"
		die "$name did not start"
	}
}

start_disturbance()
{
	dio-disturbance --seed "$seed" --seconds "$seconds" --gate "$run/gate" \
		--progress "$run/progress/disturbance" &
	disturbance_pid=$!
}

stop_all()
{
	local pid rc=0

	for pid in $encoder_pids $disturbance_pid; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in $encoder_pids; do
		wait "$pid" || rc=1
	done
	wait "$disturbance_pid"
	cat "$logs"/P?.log
	return "$rc"
}

stop_daemons()
{
	dionisysctl destroy-manager cpu || die "the CPU manager stays"
	dionisysctl kernel >"$run/kernel" || die "safex does not answer"
	stop_daemon safexd || die "safexd did not end well"
	stop_daemon nameserver || die "the nameserver did not end well"
}

is_empty()
{
	[ -z "$(ls -A "$1" 2>/dev/null)" ]
}

show_nothing_left()
{
	echo
	echo "Left in the kernel:"
	sed 's/^/  safex: /' "$run/kernel"
	grep -q 'objects alive 0$' "$run/kernel" || die "objects are left"
	is_empty /sys/fs/bpf/safex || die "BPF links are left: $(ls /sys/fs/bpf/safex)"
	echo "  BPF links pinned by safexd: 0"
	wait_until 5 rmmod safex || die "the module safex is still in use"
	grep '^safex ' /proc/modules && die "the module safex is still there"
	echo "  module safex: removed, nothing held it"
}

main()
{
	mode=$1
	mkdir -p "$run/progress" "$logs"
	chown "$user" "$run/progress"
	quiet_kernel
	[ "$mode" = without ] || start_daemons
	start_watch
	for e in $encoders; do
		start_encoder "$e"
	done
	[ "$mode" = without ] || echo "3 encoders have their contract, monitor, handler and channel"
	start_disturbance
	wait "$watch_pid" || die "dio-watch failed"
	stop_all || die "an encoder failed"
	[ "$mode" = without ] && return
	stop_daemons
	show_nothing_left
}

case $1 in
with | without) main "$1" ;;
*) die "usage: guest.sh with|without" ;;
esac
