#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: host.sh
#
# Prepares the scheduler for CPU reservations as safexd does when it starts.
#
# HRTICK, HRTICK_DL: a reservation ends when its runtime is used up; without
#	them at the next tick, up to 4 ms later, at the cost of the others.
# sched_rt_runtime_us: how much of a CPU may be reserved in all. The kernel
#	takes from it the 5 % it keeps for ordinary processes, and safex 1 %
#	for its own thread; with the usual 95 % not 90 % would be left.

set -eu

features=/sys/kernel/debug/sched/features
runtime=/proc/sys/kernel/sched_rt_runtime_us
period=/proc/sys/kernel/sched_rt_period_us

if [ ! -w "$features" ]; then
	echo "host.sh: no $features: run as root, with debugfs mounted" >&2
	exit 1
fi
echo HRTICK >"$features"
echo HRTICK_DL >"$features"
cat "$period" >"$runtime"
