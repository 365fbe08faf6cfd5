#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 30
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-file: selftests:/st
#
# What the scheduler has reserved in all, and what belongs to its runqueues: after
# each end of a contract, of a daemon and of the module as much as before.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh
# shellcheck source-path=SCRIPTDIR source=../guest/bandwidth.sh
. /vm-lib/bandwidth.sh

ready=/run/vt-ready

# Both figures.
is_more()
{
	local now

	now=$(bandwidth)
	[ "${now% *}" -gt "${1% *}" ] && [ "${now#* }" -gt "${1#* }" ]
}

# The reservation is made, and is seen in the sum.
hold()
{
	rm -f "$ready"
	vt hold "$ready" &
	app=$!
	wait_until 20 test -e "$ready" || echo "FAIL application-gets-its-contract"
	wait_until 5 is_more "$before" || echo "FAIL contract-is-in-the-sum"
}

given_back()
{
	is_again "$1" "$before"
}

# It sleeps: it waits for the answer when its reservation is taken from it.
application_ends()
{
	hold
	kill -TERM "$app"
	wait "$app"
	given_back given-back-at-its-own-end
	hold
	dionisysctl end "$(cat "$ready")"
	given_back given-back-at-an-end-from-outside
	kill -KILL "$app"
	wait "$app"
	hold
	kill -KILL "$app"
	wait "$app"
	given_back given-back-after-a-kill
}

safexd_dies()
{
	hold
	kill_daemon safexd
	check reservation-stays-without-safexd is_more "$before"
	start_daemon safexd safexd || echo "FAIL safexd-starts-again"
	kill -TERM "$app"
	wait "$app"
	given_back given-back-by-the-next-safexd
	hold
	kill_daemon safexd
	kill -KILL "$app"
	wait "$app"
	start_daemon safexd safexd || echo "FAIL safexd-starts-once-more"
	given_back given-back-of-one-that-died-meanwhile
}

# What the scheduler can't give is no contract.
not_given()
{
	local said limit=$((150000 / $(nproc)))

	state_becomes those-that-died-are-ended 10 "$manager_only"
	echo "$limit" >/proc/sys/kernel/sched_rt_runtime_us
	vt hold "$ready" >/run/vt-said 2>&1
	said=$(cat /run/vt-said)
	has refusal-says-why "$said" "error 12" "no bandwidth left for 0.2 of a CPU" \
		"kernel.sched_rt_runtime_us is $limit"
	state_becomes nothing-of-it-is-left 5 "$manager_only"
	given_back a-refusal-takes-nothing
	cat /proc/sys/kernel/sched_rt_period_us >/proc/sys/kernel/sched_rt_runtime_us
}

# As the kernel starts: 95 % of a CPU, of which 5 % are for ordinary processes. Where
# safexd is told to leave that alone, it promises no more than the rest.
usual_limit()
{
	local said

	start_nameserver && start_daemon safexd safexd --no-hrtick &&
		wait_until 10 connected || echo "FAIL safexd-leaves-the-limit-alone"
	timeout 20 vt hold "$ready" 0 92 >/run/vt-said 2>&1
	said=$(cat /run/vt-said)
	has no-more-than-the-usual-limit "$said" "error 12" \
		"no bandwidth left for 0.92 of a CPU" "kernel.sched_rt_runtime_us is 950000"
	dionisysctl destroy-manager cpu
	stop_daemon safexd && stop_daemon nameserver || echo "FAIL daemons-stop"
}

# Programs are freed after a grace period, and hold the module until then.
module_goes()
{
	dionisysctl destroy-manager cpu
	stop_both
	wait_until 5 rmmod safex
	is_again all-is-given-back-with-the-module "$bare"
}

held()
{
	[ -e "$ready-1" ] && [ -e "$ready-2" ] && [ -e "$ready-3" ]
}

# in_cpuset PID: of CPU 0 alone, as a container with a CPU of its own has it.
in_cpuset()
{
	local cgroup=/sys/fs/cgroup

	mountpoint -q $cgroup || mount -t cgroup2 none $cgroup
	echo +cpuset >$cgroup/cgroup.subtree_control
	mkdir -p $cgroup/one
	echo 0 >$cgroup/one/cpuset.cpus
	echo "$1" >$cgroup/one/cgroup.procs
}

# Where safex may promise what two CPUs have: three halves of a CPU, and nothing to
# one that may use a CPU alone, for what is promised is of all of them.
more_than_one_cpu()
{
	local said bound n apps=

	insmod /run/safex.ko cpu_cap_ppm=1860000 || exit 1
	start_both || exit 1
	taskset -p 1 $$ >/dev/null
	sleep 1000 &
	bound=$!
	taskset -p f $$ >/dev/null
	said=$(timeout 20 vt hold "$ready" "$bound" 60 2>&1)
	has no-contract-on-one-of-the-cpus "$said" "error 11" "may not run on all CPUs"
	taskset -p f "$bound" >/dev/null
	in_cpuset "$bound"
	said=$(timeout 20 vt hold "$ready" "$bound" 60 2>&1)
	has nor-in-a-cpuset-of-one-of-them "$said" "error 11" "may not run on all CPUs"
	kill "$bound"
	for n in 1 2 3; do
		vt hold "$ready-$n" 0 50 &
		apps="$apps $!"
	done
	wait_until 20 held
	check three-halves-of-a-cpu held
	same all-of-them-are-in-force "$(dionisysctl list | grep -c "yes in force")" 3
	said=$(timeout 20 vt hold "$ready" 0 50 2>&1)
	has and-not-a-fourth "$said" "error 12" "1.86 is available" "0.36 is left"
	for app in $apps; do
		kill -TERM "$app"
		wait "$app"
	done
	module_goes
}

# The fault of the scheduler that kernel-patch/upstream has a patch for is there. What
# it has lost comes back where that adds up anew.
scheduler_leaks()
{
	local said

	said=$(/st/dl_bw_leak 2)
	same the-scheduler-itself-leaks $? 1
	has and-its-program-says-so "$said" "LOST"
}

echo "before: $(bandwidth)"
[ "$KERNEL" = newer ] || scheduler_leaks
[ "$(nproc)" -gt 1 ] || usual_limit
cp /run/vm/module.ko /run/safex.ko && wait_until 5 rmmod safex || echo "FAIL module-can-be-unloaded"
# As safexd will have it: the scheduler adds up anew when this is written.
cat /proc/sys/kernel/sched_rt_period_us >/proc/sys/kernel/sched_rt_runtime_us
bare=$(bandwidth)
insmod /run/safex.ko || exit 1
start_both || exit 1
before=$(bandwidth)
manager_only=$(vt state)
application_ends
safexd_dies
not_given
module_goes
[ "$(nproc)" -lt 4 ] || more_than_one_cpu
