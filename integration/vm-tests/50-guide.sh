#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 45
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-file: doc/guide:/guide
# shellcheck disable=SC3043,SC2154
#
# doc/extensions.md does what it says: each of its listings is run here, or
# by `make check` (doc/test_extensions.sh) when safexcc is all it needs.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# run NAMES COMMAND...: its output in $said; the listings NAMES have been run.
run()
{
	used="$used $1"
	shift
	said=$("$@" 2>&1) || said="$said (exit $?)"
}

# Of the first "cpu/monitor: budget 50000 ns, 199 runs, ...": the runs.
runs_in()
{
	echo "$1" | sed -n 's/^cpu\/monitor: .* \([0-9]*\) runs.*/\1/p' | head -n 1
}

# What make check has run, and 51-frames.sh.
is_checked_there()
{
	case $1 in
	check-*.sh | explain-*.sh | *.out) ;;
	encoder.c | rate.c | frames.c) ;;
	*) return 1 ;;
	esac
}

is_used()
{
	case " $used " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

small_ones()
{
	run "manager.sh" sh manager.sh
	same manager-by-hand "$said" ''
	run "first.c try.c" .libs/try first.c
	has first "$said" 'cpu/monitor: budget 50000 ns' ' 0 aborts, 0 exceptions' 'timeslice 20 ms'
	check first-runs-each-tick test "$(runs_in "$said")" -gt 90
	run "queue.c faster.c" .libs/try queue.c faster.c
	has queue "$said" 'cpu/handler: budget 50000 ns' 'timeslice 22 ms'
	hasnt nothing-is-refused-in-normal-work "$said" 'not safe'
	check queue-is-looked-at test "$(runs_in "$said")" -gt 90
	run "spin.c" .libs/try spin.c
	has spin "$said" ' 8 aborts' 'cpu/monitor: aborted: used up its reservation of 50000 ns at spin.c:7' \
		'removed: aborted 8 times'
	run "divide.c" .libs/try divide.c
	has divide "$said" 'cpu/monitor: exception: division by zero at divide.c:10'
	check divide-goes-on test "$(runs_in "$said")" -gt 90
	run "caught.c" .libs/try caught.c
	has caught "$said" ' 0 aborts, 0 exceptions'
	has caught-has-written "$said" 'timeslice 22 ms'
	check caught-runs-each-tick test "$(runs_in "$said")" -gt 90
}

# Reserved is more than the target, by less than the guard's 2 ms, and got is what was asked for.
pid_finds()
{
	local reserved got

	reserved=$(echo "$1" | sed -n 's/.* reserved \([0-9]*\) us.*/\1/p')
	got=$(echo "$1" | sed -n 's/.* got \([0-9]*\) us.*/\1/p')
	[ "$reserved" -ge 20000 ] && [ "$reserved" -le 22000 ] &&
		[ "$got" -ge 19990 ] && [ "$got" -le 22000 ]
}

own_manager()
{
	run "app.c slice.c error.c pid.c" .libs/app
	has app "$said" 'asked for 20000 us, reserved '
	check pid-finds-what-is-needed pid_finds "$said"
	echo "$said"
	# What is compiled already is placed in another part of the first period.
	said=$(.libs/app 2>&1)
	check pid-finds-it-the-second-time pid_finds "$said"
	echo "$said"
}

watching()
{
	run "watch.sh" sh watch.sh
	has watching "$said" 'nameserver answers' 'manager cpu' 'division by zero at divide.c:10'
}

used=''
start_both || exit 1
dionisysctl destroy-manager cpu
cd /guide || exit 1
small_ones
own_manager
watching
while read -r listing; do
	is_used "$listing" || is_checked_there "$listing" || echo "FAIL listing-is-run $listing"
done <.names
echo "ok every-listing-is-run"
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
