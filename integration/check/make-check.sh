#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: make-check.sh BUILD RESULTS
#
# Runs `make check` and appends one `pass|fail|skip NAME` line for each single
# test to RESULTS: those that the cmocka or TAP output of a test program
# names, and the program itself where it names none or ended badly.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
build=$1 results=$2

# Old results would be counted for tests that do not exist any more.
forget()
{
	find "$build" -name '*.trs' -not -path '*/image/*' -delete
}

make_check()
{
	make -C "$build" -j "$(nproc)" -k check
}

collect()
{
	local trs name

	find "$build" -name '*.trs' -not -path '*/image/*' | sort |
		while read -r trs; do
			name=${trs#"$build"/}
			awk -v name="${name%.trs}" -f "$here/test-log.awk" \
				"$trs" "${trs%.trs}.log" >>"$results"
		done
}

forget
rc=0
step "running make check" "$build/log/make-check.log" make_check || rc=$?
before=$(wc -l <"$results")
collect
# make fails for its own reasons too, such as a test that does not compile.
if [ "$rc" -ne 0 ] && ! tail -n +$((before + 1)) "$results" | grep -q '^fail '; then
	exit 1
fi
if [ "$(wc -l <"$results")" -eq "$before" ]; then
	say "make check ran no test, log: $build/log/make-check.log"
	exit 1
fi
