#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: source.sh BUILD RESULTS
#
# Tests of ./check that only read the source: shellcheck over every script,
# and the rules of ARCHITECTURE.md. Appends `pass|fail NAME` lines to RESULTS.

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 results=$2

scripts()
{
	find "$top" -path "$top/build*" -prune -o -path "$top/.git" -prune -o \
		-type f -size -64k -print0 |
		xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$)/ {
			print FILENAME } FNR > 1 { nextfile }' |
		grep -vE '/(configure|autom4te.cache/.*)$'
}

check_scripts()
{
	local list log=$build/log/shellcheck.log

	mapfile -t list < <(scripts)
	if shellcheck -x "${list[@]}" >"$log"; then
		printf 'pass shellcheck of %d scripts\n' "${#list[@]}" >>"$results"
	else
		cat "$log"
		printf 'fail shellcheck, log: %s\n' "$log" >>"$results"
	fi
}

check_structure()
{
	local log=$build/log/structure.log

	"$top/integration/check-structure.sh" "$top" >"$log" || cat "$log"
	grep -q '^\(ok\|FAIL\) ' "$log"
	sed -n -e 's/^ok /pass structure: /p' -e 's/^FAIL /fail structure: /p' \
		"$log" >>"$results"
}

check_scripts
check_structure
