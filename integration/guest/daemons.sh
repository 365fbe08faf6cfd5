# shellcheck shell=dash disable=SC3043
# SPDX-License-Identifier: GPL-2.0-only
#
# Starts and stops daemons in the VM; sourced by VM tests and by the demo.
#   start_daemon NAME COMMAND...   0 as soon as it says it is ready
#   stop_daemon NAME               SIGTERM; 0 if it ended with code 0
#   kill_daemon NAME               SIGKILL
#   daemon_pid NAME                prints its process id
#   wait_until SECONDS COMMAND...  0 as soon as the command succeeds
# Logs are in $daemon_logs/NAME.log (default /out/log). Readiness is the byte
# that the daemon writes to the descriptor in DIO_READY_FD: nothing is polled.

daemon_logs=${daemon_logs:-/out/log}
daemon_state=/run/vm-daemons
ready_seconds=20	# virtual; a daemon needs much less

wait_until()
{
	local left=$(($1 * 20))

	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		usleep 50000
	done
}

daemon_pid()
{
	cat "$daemon_state/$1.pid"
}

daemon_ended()
{
	[ -f "$daemon_state/$1.rc" ]
}

# Runs in the background beside the daemon: holds its process id and, at the
# end, its exit code. Both ends of the readiness pipe close with the daemon.
daemon_parent()
{
	local name=$1 rc=0

	shift
	DIO_READY_FD=9 "$@" 9>"$daemon_state/$name.ready" </dev/null \
		>>"$daemon_logs/$name.log" 2>&1 &
	echo $! >"$daemon_state/$name.pid"
	wait $! || rc=$?
	echo "$rc" >"$daemon_state/$name.rc"
}

start_daemon()
{
	local name=$1 byte

	shift
	mkdir -p "$daemon_state" "$daemon_logs"
	rm -f "$daemon_state/$name".*
	mkfifo "$daemon_state/$name.ready"
	daemon_parent "$name" "$@" &
	byte=$(timeout "$ready_seconds" head -c 1 "$daemon_state/$name.ready")
	[ "$byte" = R ] && return
	echo "$name did not become ready:"
	tail -n 20 "$daemon_logs/$name.log"
	return 1
}

stop_daemon()
{
	kill -TERM "$(daemon_pid "$1")" 2>/dev/null
	wait_until "$ready_seconds" daemon_ended "$1" || {
		echo "$1 does not end"
		return 1
	}
	return "$(cat "$daemon_state/$1.rc")"
}

kill_daemon()
{
	kill -KILL "$(daemon_pid "$1")" && wait_until 5 daemon_ended "$1"
}
