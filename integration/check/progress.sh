#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: progress.sh JOBS TOTAL
#
# Until it is ended, says which of TOTAL jobs run (job.sh leaves JOBS/NAME.running
# and JOBS/NAME.seconds): on a terminal in its last line, each second, in a pipe
# one more line each minute.

set -euo pipefail
jobs=$1 total=$2

# NAME SECONDS, of each that runs
running()
{
	local file begin now

	printf -v now '%(%s)T' -1
	find "$jobs" -name '*.running' | LC_ALL=C sort | while read -r file; do
		file=${file#"$jobs/"}
		begin=$(cat "$jobs/$file" 2>/dev/null) || continue
		printf ' %s %d s,' "${file%.running}" $((now - begin))
	done
}

line()
{
	local list ended

	list=$(running)
	ended=$(find "$jobs" -name '*.seconds' | wc -l)
	printf '%d of %d done, running:%.56s' "$ended" "$total" "${list%,}"
}

seconds=0
while sleep 1; do
	seconds=$((seconds + 1))
	if [ -t 1 ]; then
		printf '\r\033[K%s\r' "$(line)"
	elif [ $((seconds % 60)) -eq 0 ]; then
		printf '%s\n' "$(line)"
	fi
done
