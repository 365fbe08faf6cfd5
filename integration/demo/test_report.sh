#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What report.sh lets pass and what not, on made-up measurements.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# summary DIR LINE...: one line per contract
summary()
{
	local dir=$work/$1

	shift
	mkdir -p "$dir"
	{
		echo name,target_ms,period_ms,cpu_pct,frames,seconds,safex_windows,safex_missed,sampler_windows,sampler_missed,sampler_missed_95
		printf '%s\n' "$@"
	} >"$dir/summary.csv"
	{
		echo time_us,P1_cpu_us,P1_timeslice_us,P1_pieces
		for s in 0 1 2 3 4; do
			echo "${s}000000,${s}00000,20000,$s"
		done
	} >"$dir/cpu.csv"
	{
		echo name,of,runs,time_sum_ns,time_max_ns,aborts,exceptions,refused
		echo cpu/usage,P1,100,50000,900,0,0,0
	} >"$dir/extensions.csv"
}

# expect NAME CODE TEXT: of a report on with/ and without/
expect()
{
	local rc=0

	"$here/report.sh" "$work/with" "$work/without" "$work/out" >"$work/log" 2>&1 || rc=$?
	if [ "$rc" -eq "$2" ] && grep -qF "$3" "$work/log"; then
		echo "ok $1"
	else
		echo "FAIL $1: exit code $rc"
		cat "$work/log"
		failed=1
	fi
}

kept=P1,20,100,20.2,300,30,300,3,300,0,0
missed=P1,20,100,20.2,300,30,0,0,300,79,70

summary with "$kept"
summary without "$missed"
expect "3 of 300 periods may be missed" 0 "Every contract was kept"
for file in cpu.png cpu.svg; do
	[ -s "$work/out/$file" ] || { echo "FAIL no $file"; failed=1; }
done
expect "the mean time of an extension" 0 "      0.50      0.90"
summary with P1,20,100,20.2,300,30,300,4,300,0,0
expect "4 of 300 are too many" 1 "P1: missed in 4 of 300 periods with Dionisys"
summary with P1,20,100,20.2,300,30,269,0,300,0,0
expect "hardly judged is not kept" 1 "safex judged only 269 periods"
summary with "$kept"
summary without P1,20,100,20.2,300,30,0,0,300,3,3
expect "kept without is a failure" 1 "P1: kept without Dionisys"
summary without P1,20,100,20.2,300,30,0,0,10,10,10
expect "hardly measured without" 1 "only 10 periods were judged without"
summary without "$missed" P2,20,100,20.2,300,30,0,0,300,79,70
expect "other contracts" 1 "the runs have not the same contracts"
rm "$work/with/cpu.csv"
expect "a file is missing" 2 "cpu.csv"
exit "$failed"
