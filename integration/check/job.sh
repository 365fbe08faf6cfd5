#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: job.sh BUILD NAME COMMAND...
#
# One job of ./check. What COMMAND prints goes to BUILD/log/jobs/NAME.log, and
# to the terminal if SHOW=1; COMMAND appends `pass|fail|skip TEST` lines to
# BUILD/log/jobs/NAME.results. One that ends well and names no test is itself
# one. At the end a line tells the result, BUILD/log/jobs/NAME.seconds the time.
# The exit code is COMMAND's: what needs this job does not run after a failure.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
name=$2 at=$1/log/jobs/$2
shift 2

# Of what make hands down, only its job server is for others.
if [[ ${MAKEFLAGS:-} =~ -j[0-9]*\ --jobserver-auth=[0-9,]+ ]]; then
	export MAKEFLAGS=" ${BASH_REMATCH[0]}"
else
	unset MAKEFLAGS
fi
unset MAKELEVEL MFLAGS MAKEOVERRIDES

run()
{
	if [ -n "${SHOW:-}" ]; then
		"$@" 2>&1 </dev/null | tee "$at.log"
	else
		"$@" >"$at.log" 2>&1 </dev/null
	fi
}

# count WORD: of the results
count()
{
	grep -c "^$1 " "$at.results" || :
}

judge()
{
	local rc=$1

	if [ "$rc" -ne 0 ] && [ "$(count fail)" -eq 0 ]; then
		printf 'fail %s: exit code %d, log: %s\n' "$name" "$rc" \
			"$at.log" >>"$at.results"
	elif [ ! -s "$at.results" ]; then
		printf 'pass %s\n' "$name" >"$at.results"
	fi
}

tell()
{
	local word=ok failed

	failed=$(count fail)
	[ "$failed" -eq 0 ] || word=FAILED
	printf '%-6s %-30s %5d passed %5d s\n' "$word" "$name" \
		"$(count pass)" "$(cat "$at.seconds")"
	[ "$failed" -eq 0 ] || sed -n 's/^fail /       /p' "$at.results"
}

main()
{
	local begin=$SECONDS rc=0

	mkdir -p "${at%/*}"
	: >"$at.results"
	printf '%(%s)T\n' -1 >"$at.running"
	run "$@" || rc=$?
	judge "$rc"
	printf '%d\n' $((SECONDS - begin)) >"$at.seconds"
	rm -f "$at.running"
	tell
	return "$rc"
}

main "$@"
