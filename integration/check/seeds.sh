#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: seeds.sh BUILD RESULTS [COUNT]
#
# The test programs that make up their cases, each with COUNT seeds (default
# 100): the moment's and those that follow it. A failure says its seed.
# Appends a `pass|fail NAME` line for each program to RESULTS.

set -euo pipefail
build=$(cd "$1" && pwd) results=$2 count=${3:-100}
programs=(nameserver/test_ns_daemon nameserver/test_ns_plan
	nameserver/test_ns_schema nameserver/test_ns_store
	safexd/test_sx_cache safexd/test_sx_guard_random)

# A name or an argument: no program takes more than one of them.
run()
{
	DIO_TEST_SEED=$2 SEED=$2 timeout -k 5 600 "./$1" "$2"
}

printf -v first '%(%s)T' -1
cd "$build"
for program in "${programs[@]}"; do
	verdict=pass
	for ((seed = first; seed < first + count; seed++)); do
		run "$program" "$seed" >log/seed.log 2>&1 && continue
		tail -n 20 log/seed.log
		echo "$program fails with DIO_TEST_SEED=$seed SEED=$seed, argument $seed"
		verdict=fail
		break
	done
	printf '%s seeds: %s, %d from %d\n' "$verdict" "$program" "$count" \
		"$first" >>"$results"
done
