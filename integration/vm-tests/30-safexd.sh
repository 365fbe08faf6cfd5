#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 33
# vm-file: safexd/sx-deploy:/usr/bin/sx-deploy
# shellcheck shell=dash disable=SC3043,SC1091,SC2034,SC2012
#
# safexd and its loader by themselves, driven over safexd.x without a
# nameserver: rights, deployment, abort, restart, ends of all kinds.

daemon_logs=/tmp/log
. /vm-lib/daemons.sh

manager=/usr/share/dionisys/managers/cpu.c
cd=0x11
alice=1001
src=/tmp/src
hog=''

# verdict NAME COMMAND...: by the command's exit code.
verdict()
{
	local name=$1 out

	shift
	if out=$("$@" 2>&1); then
		echo "ok $name"
	else
		echo "FAIL $name"
		echo "$out" | sed 's/^/  # /'
	fi
}

# says TEXT COMMAND...: the command's output has the text.
says()
{
	local text=$1 out

	shift
	out=$("$@" 2>&1)
	case $out in
	*"$text"*) return 0 ;;
	esac
	echo "no \"$text\" in:"
	echo "$out"
	return 1
}

objects_are()
{
	[ "$(sx-deploy objects)" = "$1" ]
}

# A field of a process's status, by the name of its program.
status_of()
{
	local p

	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = "$1" ] || continue
		sed -n "s/^$2:[[:space:]]*//p" "$p/status"
	done
}

# as USER COMMAND...; by its path, because busybox has a setpriv that can do less.
as()
{
	local user=$1

	shift
	/usr/bin/setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}

# A busy process of a user; its id is in $hog.
start_hog()
{
	rm -f /tmp/hog
	as "$1" sh -c 'echo $$; exec sh -c "while :; do :; done"' >/tmp/hog &
	wait_until 5 test -s /tmp/hog
	hog=$(cat /tmp/hog)
}

runs_of()
{
	sx-deploy report | sed -n "s|^$1 .* $2 .* runs \([0-9]*\) .*|\1|p"
}

runs_on()
{
	[ "$(runs_of 4 cpu/usage)" -gt "$1" ]
}

value_of()
{
	sx-deploy open "$cd" cpu | sed -n "s/^  $1 = //p"
}

write_sources()
{
	mkdir -p "$src"
	cat >"$src/monitor.c" <<-'END'
	#include <safex/extension.h>
	void monitor(void)
	{
		raise_event("Error", get_attribute("target_cpu") - get_attribute("actual_cpu"));
	}
	END
	cat >"$src/handler.c" <<-'END'
	#include <safex/extension.h>
	void handler(event ev)
	{
		set_attribute("timeslice-adjustment", ev.value);
	}
	END
	cat >"$src/loop.c" <<-'END'
	#include <safex/extension.h>
	void monitor(void)
	{
		while (1)
			;
	}
	END
	cat >"$src/outside.c" <<-'END'
	#include <safex/extension.h>
	void handler(event ev)
	{
		s64 *anywhere = (s64 *)ev.value;

		set_attribute("timeslice-adjustment", *anywhere);
	}
	END
	cat >"$src/wrong.c" <<-'END'
	#include <safex/extension.h>
	void monitor(void)
	{
		set_attribute("no-such-thing", 1)
	}
	END
}

deploy()
{
	sx-deploy class $cd cpu "$hog" target_cpu=20000000 period=100000000 &&
	sx-deploy monitor $cd cpu/usage "$src/monitor.c" 10000000 &&
	sx-deploy handler $cd cpu/pid "$src/handler.c" &&
	sx-deploy channel $cd cpu/usage cpu/pid
}

test_rights()
{
	verdict front-is-nobody-special says '902	902	902	902' status_of safexd Uid
	verdict front-has-no-capability says 0000000000000000 status_of safexd CapPrm
	verdict loader-has-two-capabilities says 000000c000000000 status_of safexd-loader CapPrm
	verdict loader-is-another-user says '903	903	903	903' status_of safexd-loader Uid
	verdict strangers-may-not-deploy says 'control: Connection reset by peer' \
		as alice sx-deploy report
	verdict deploys-are-not-on-the-local-socket says 'sx-deploy: unix:/run/safexd/local' \
		sx-deploy -c unix:/run/safexd/local report
}

test_refusals()
{
	verdict no-manager-yet says 'service manager cpu does not exist' \
		sx-deploy class $cd cpu "$hog" target_cpu=20000000
	verdict manager sx-deploy manager cpu $manager
	verdict target-above-period \
		says 'target_cpu of 120 ms is above period of 100 ms' \
		sx-deploy class $cd cpu "$hog" target_cpu=120000000 period=100000000
	verdict too-much-in-sum says 'sum of targets would be 0.96 of a CPU' \
		sx-deploy class $cd cpu "$hog" target_cpu=96000000 period=100000000
	verdict process-of-another says "process $hog belongs to user 0" \
		sx-deploy -u $alice class $cd cpu "$hog" target_cpu=20000000
	verdict process-that-is-gone says 'does not exist or has ended' \
		sx-deploy class $cd cpu 4000000 target_cpu=20000000
	verdict no-class-yet says 'attribute class 0x11 of service manager cpu' \
		sx-deploy monitor $cd cpu/usage "$src/monitor.c" 10000000
	verdict nothing-half-created objects_are 2
}

test_service()
{
	verdict deployed deploy
	verdict source-that-does-not-compile says 'wrong.c:4:' \
		sx-deploy monitor $cd cpu/wrong "$src/wrong.c" 10000000
	verdict program-that-the-verifier-refuses says "outside.c:6: a number is used as an address" \
		sx-deploy handler $cd cpu/outside "$src/outside.c"
	verdict refused-programs-leave-nothing objects_are 6
	verdict nor-pins test "$(find /sys/fs/bpf/safex -type f ! -name '*-*-*' | wc -l)" = 4
	sleep 1
	verdict monitor-runs runs_on 50
	verdict attributes-move test "$(value_of windows)" -gt 2
	verdict class-is-its-owners says 'belongs to user 0, not to user 1001' \
		as alice sx-deploy open $cd cpu
	verdict manager-is-in-use says 'in use by attribute class cpu' sx-deploy destroy 1 0 cpu
}

test_abort()
{
	sx-deploy monitor $cd cpu/loop "$src/loop.c" 10000000 >/dev/null
	verdict endless-loop-is-aborted wait_until 5 \
		says 'removed: aborted' sx-deploy records $cd
	verdict and-reported says 'cpu/loop stage 7 kind 1' sx-deploy records $cd
	verdict and-others-go-on runs_on "$(runs_of 4 cpu/usage)"
	sx-deploy destroy 4 $cd cpu/loop >/dev/null
}

# What runs does not notice the death of either process.
test_restart()
{
	local before

	before=$(runs_of 4 cpu/usage)
	kill_daemon safexd
	wait_until 5 daemon_ended safexd
	verdict objects-outlive-safexd objects_are 6
	start_daemon safexd safexd || return
	verdict runs-meanwhile runs_on "$before"
	verdict adopted says 'cpu/usage -> cpu/pid' sx-deploy report
	verdict owner-is-known says 'belongs to user 0, not to user 1001' \
		sx-deploy -u $alice destroy 6 $cd cpu/usage cpu/pid
	verdict layout-is-known sx-deploy monitor $cd cpu/second "$src/monitor.c" 20000000
	kill -9 "$(status_of safexd-loader Pid)"
	wait_until 5 daemon_ended safexd
	verdict objects-outlive-the-loader objects_are 7
	start_daemon safexd safexd
	verdict destroyed-after-restart sx-deploy destroy 6 $cd cpu/usage cpu/pid
}

test_ends()
{
	kill -9 "$hog"
	verdict ends-with-its-process wait_until 5 objects_are 2
	start_hog alice
	verdict user-has-a-class sx-deploy -u $alice class 0x12 cpu "$hog" \
		target_cpu=20000000 period=100000000
	verdict and-opens-it says 'target_cpu = 20000000' \
		as alice sx-deploy open 0x12 cpu
	verdict users-do-not-make-managers says 'may not make service managers' \
		sx-deploy -u $alice manager mem $manager
	verdict class-goes sx-deploy -u $alice destroy 3 0x12 cpu
	verdict manager-goes sx-deploy destroy 1 0 cpu
	kill -9 "$hog"
	verdict kernel-is-empty objects_are 0
	verdict no-pin-is-left test -z "$(ls /sys/fs/bpf/safex)"
	verdict no-state-is-left test -z "$(ls /run/safexd/state)"
}

write_sources
start_daemon safexd safexd || echo "FAIL safexd-starts"
start_hog root
test_rights
test_refusals
test_service
test_abort
test_restart
test_ends
verdict safexd-ends-well stop_daemon safexd
cat /tmp/log/safexd.log
