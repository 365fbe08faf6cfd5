#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: repeat.sh N [ARGUMENT...]
#
# ./check ARGUMENT... N times in a row on a busy machine: as many endless loops
# as there are processors run beside it. A line for each run with its time and
# its last line; the exit code is 0 only if none failed. No verdict of ./check may
# depend on how busy the machine is, or on when something begins: each run gives
# the VM a seed of its own (VM_SEED, and one more each time; the first is 1
# unless VM_SEED says another). Logs are BUILD/log/repeat-N.log.

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${DIONISYS_BUILD:-$top/build}
loops=()

# shellcheck disable=SC2317 # called by the trap
end_loops()
{
	kill "${loops[@]}" 2>/dev/null || :
}

begin_loops()
{
	local i

	trap end_loops EXIT
	for ((i = $(nproc); i > 0; i--)); do
		while :; do :; done &
		loops+=($!)
	done
}

main()
{
	local n=$1 i begin log failed=0 first=${VM_SEED:-1}

	shift
	mkdir -p "$build/log"
	begin_loops
	for ((i = 1; i <= n; i++)); do
		begin=$SECONDS log=$build/log/repeat-$i.log
		VM_SEED=$((first + i - 1)) "$top/check" "$@" >"$log" 2>&1 || failed=$((failed + 1))
		printf 'run %d: %d s, %s\n' "$i" $((SECONDS - begin)) \
			"$(tail -n 1 "$log")"
	done
	[ "$failed" -eq 0 ]
}

[ $# -gt 0 ] || { sed -n '/^# usage/,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
main "$@"
