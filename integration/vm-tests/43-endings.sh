#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 25
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Applications and daemons that die, in the middle of what they do.
# shellcheck disable=SC3043,SC2154

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

ready=/run/vt-ready

# hold [PID]: an application with a contract, $app, when it has it.
hold()
{
	rm -f "$ready"
	vt hold "$ready" "$@" &
	app=$!
	wait_until 20 test -e "$ready" || echo "FAIL application-gets-its-contract"
}

policy_of()
{
	chrt -p "$1" | sed -n 's/.*policy: //p'
}

has_policy()
{
	case $(policy_of "$1") in
	"$2"*) ;;
	*) return 1 ;;
	esac
}

runs_on()
{
	[ "$(vt runs cpu/watch)" -gt "$1" ]
}

no_compiler()
{
	! pidof clang clang-19 bwrap
}

application_killed()
{
	sleep 1000 &
	local victim=$!

	hold "$victim"
	state=$(vt state)
	check contract-for-another-process wait_until 5 has_policy "$victim" SCHED_DEADLINE
	kill -KILL "$app"
	wait "$app"
	state_becomes killed-applications-objects-vanish 10 "$manager_only"
	check policy-is-given-back wait_until 5 has_policy "$victim" SCHED_OTHER
	kill "$victim"
	hold
	same next-application-gets-the-same "$(vt state)" "$state"
	kill -TERM "$app"
	wait "$app"
	same application-ends-in-order $? 0
	state_becomes nothing-of-it-is-left 1 "$manager_only"
}

safexd_killed()
{
	hold
	state=$(vt state)
	kill_daemon safexd
	check extensions-run-without-safexd wait_until 5 runs_on "$(vt runs cpu/watch)"
	start_daemon safexd safexd || echo "FAIL safexd-starts-again"
	check extensions-run-with-the-new-safexd wait_until 5 runs_on "$(vt runs cpu/watch)"
	state_becomes safexd-adopts-what-runs 10 "$state"
	kill -TERM "$app"
	wait "$app"
	same adopted-application-ends-in-order $? 0
	state_becomes nothing-adopted-is-left 5 "$manager_only"
}

# Of the records; before it are date and time.
numbers()
{
	dionisysctl records | awk '{ print $3 }'
}

latest_is()
{
	[ "$(numbers | tail -n 1)" = "$1" ]
}

has_number()
{
	numbers | grep -qx "$1"
}

# What the kernel told the safexd before is there again, and is not news.
records_go_on()
{
	local last

	last=$(numbers | tail -n 1)
	check there-are-records test "${last:-0}" -gt 0
	kill_daemon safexd
	start_daemon safexd safexd || echo "FAIL safexd-starts-for-its-records"
	check records-are-there-again-with-their-numbers wait_until 10 latest_is "$last"
	hold
	kill -TERM "$app"
	wait "$app"
	state_becomes nothing-is-left-but-records 5 "$manager_only"
	check the-next-has-the-next-number wait_until 5 has_number "$((last + 1))"
}

worker_waits()
{
	grep -lx safexd-worker /proc/[0-9]*/comm
}

# In the middle of a call: the compiler is at work.
safexd_killed_in_a_call()
{
	local said

	forget_compiled
	stop_daemon safexd
	start_daemon safexd safexd || echo "FAIL safexd-starts-with-nothing-compiled"
	state_becomes manager-is-adopted 10 "$manager_only"
	# Without compilers that wait for work, those that are there have some.
	check worker-waits wait_until 20 worker_waits
	worker_waits | cut -d / -f 3 | xargs kill -KILL
	check compilers-that-wait-end-with-it wait_until 5 no_compiler
	vt hold "$ready" >/run/vt-said 2>&1 &
	app=$!
	check compiler-is-at-work wait_until 20 pidof clang
	# It is not to be saved by being quick.
	pidof clang | xargs kill -STOP
	kill_daemon safexd
	wait "$app"
	said=$(cat /run/vt-said)
	has call-says-that-safexd-is-gone "$said" "error 19" "safexd"
	check compiler-ends-with-safexd wait_until 5 no_compiler
	start_daemon safexd safexd || echo "FAIL safexd-starts-after-the-call"
	state_becomes broken-call-leaves-nothing 10 "$manager_only"
	hold
	kill -TERM "$app"
	wait "$app"
	same next-call-works $? 0
}

loader_killed()
{
	local loader

	hold
	state=$(vt state)
	loader=$(pidof safexd-loader)
	kill -KILL "$loader"
	check safexd-ends-without-its-loader wait_until 10 daemon_ended safexd
	same safexd-says-that-it-failed "$(cat "$daemon_state/safexd.rc")" 1
	has safexd-says-why "$(tail -n 3 "$daemon_logs/safexd.log")" "loader" "goes on running"
	check extensions-run-without-loader wait_until 5 runs_on "$(vt runs cpu/watch)"
	start_daemon safexd safexd || echo "FAIL safexd-starts-with-a-loader"
	state_becomes all-is-adopted-again 10 "$state"
	kill -TERM "$app"
	wait "$app"
	same application-ends-after-loader $? 0
}

all_is_made_anew()
{
	start_daemon safexd safexd || echo "FAIL safexd-starts-after-that"
	state_becomes "all-is-made-anew-$1" 10 "$state"
	check "it-runs-anew-$1" wait_until 5 runs_on "$(vt runs cpu/watch)"
	kill -TERM "$app"
	wait "$app"
	same "application-ends-in-order-$1" $? 0
	state_becomes "nothing-is-left-$1" 5 "$manager_only"
}

# What others empty while there is no safexd.
state_is_lost()
{
	hold
	state=$(vt state)
	kill_daemon safexd
	rm -rf /run/safexd/state/*
	all_is_made_anew without-state
	hold
	kill_daemon safexd
	umount /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf || echo "FAIL pins-are-taken-away"
	all_is_made_anew without-pins
}

nameserver_killed()
{
	hold
	state=$(vt state)
	kill_daemon nameserver
	check extensions-run-without-nameserver wait_until 5 runs_on "$(vt runs cpu/watch)"
	has call-without-nameserver "$(vt init)" "19 the nameserver does not run at unix:/run/dionisys/nameserver"
	start_nameserver || echo "FAIL nameserver-starts-again"
	state_becomes same-objects-after-restart 10 "$state"
	kill -TERM "$app"
	wait "$app"
	same application-ends-at-the-new-nameserver $? 0
	state_becomes nothing-is-left-after-restart 5 "$manager_only"
}

nameserver_hangs()
{
	local pid

	pid=$(daemon_pid nameserver)
	kill -STOP "$pid"
	has call-has-a-deadline "$(vt init short)" "20 the nameserver at unix:/run/dionisys/nameserver did not answer"
	kill -CONT "$pid"
	same nameserver-goes-on "$(vt init)" 0
}

both_restarted()
{
	hold
	kill_daemon safexd
	kill_daemon nameserver
	kill -KILL "$app"
	wait "$app"
	start_nameserver || echo "FAIL nameserver-starts-after-both"
	start_daemon safexd safexd || echo "FAIL safexd-starts-after-both"
	state_becomes application-that-died-meanwhile-is-ended 10 "$manager_only"
}

stopped=/sys/module/safex/parameters/stopped

is_listed()
{
	dionisysctl list | grep -q "$1"
}

# What keeps the host busy has to go, whatever it is, and the daemons live.
operator_stops_all()
{
	hold
	state=$(vt state)
	echo 1 >"$stopped"
	check policy-is-given-back-when-stopped wait_until 5 has_policy "$app" SCHED_OTHER
	check list-says-that-it-is-not-in-force wait_until 10 is_listed "not in force"
	state_becomes nothing-of-it-runs 10 "kernel 0 pins 0 safexd 0 nameserver 5"
	has nothing-is-made-meanwhile \
		"$(dionisysctl create-manager other 1 /usr/share/dionisys/managers/cpu.c 2>&1)" \
		"the administrator has stopped safex on this host"
	echo 0 >"$stopped"
	kill -TERM "$app"
	wait "$app"
	same application-ends-in-order-after-it $? 0
	check manager-that-was-lost-goes dionisysctl destroy-manager cpu
	check and-is-made-again connected
	hold
	same then-all-is-as-before "$(vt state)" "$state"
	kill -TERM "$app"
	wait "$app"
	state_becomes nothing-is-left-of-that 5 "$manager_only"
}

start_both || exit 1
manager_only=$(vt state)
application_killed
safexd_killed
records_go_on
safexd_killed_in_a_call
loader_killed
state_is_lost
nameserver_killed
nameserver_hangs
operator_stops_all
both_restarted
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
