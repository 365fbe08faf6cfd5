#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: make-check.sh [--sanitized [--build]] BUILD RESULTS [PROGRAM...]
#
# Runs `make check`, or only these test programs, and appends one
# `pass|fail|skip NAME` line for each single test to RESULTS: those that the
# cmocka or TAP output of a program names, and the program itself where it names
# none or ended badly. The programs have been built before.
# --sanitized: of a second build in BUILD/sanitized, with ASan and UBSan and
# warnings as errors; names then begin with "sanitized/". Some tests need the
# plain build: they make malloc fail, which the sanitizers' own does not.
# --build: only makes that second build.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
name='' only_build=''
if [ "$1" = --sanitized ]; then
	name=sanitized
	shift
fi
if [ "$1" = --build ]; then
	only_build=1
	shift
fi
build=$(cd "$1" && pwd) results=$2
shift 2
programs=("$@")
tree=$build${name:+/$name} log=$build/log/${name:+$name-}
text=${name:+$name: }

# Less optimised, which halves the time.
configure()
{
	cd "$tree" && "$top/configure" --enable-sanitizers --enable-werror \
		--with-libbpf="$build/libbpf" CFLAGS='-g -O1'
}

trs_files()
{
	find "$tree" \( -path "$build/image" -o -path "$tree/sanitized" \) -prune \
		-o -name '*.trs' -print0
}

# Old results would be counted for tests that do not exist any more.
forget()
{
	trs_files | xargs -0 -r rm -f
}

build_tests()
{
	make_parallel -C "$tree" check TESTS=
}

make_check()
{
	UBSAN_OPTIONS=print_stacktrace=1 make_parallel -C "$tree" -k check \
		"${programs[@]/#/TESTS=}"
}

collect()
{
	local trs test

	trs_files | sort -z |
		while IFS= read -r -d '' trs; do
			test=${trs#"$build"/}
			awk -v name="${test%.trs}" -v log_file="${trs%.trs}.log" \
				-f "$here/test-log.awk" \
				"$trs" "${trs%.trs}.log" >>"$results"
		done
}

build()
{
	mkdir -p "$tree"
	[ -f "$tree/Makefile" ] ||
		step "${text}configuring" "${log}configure.log" configure
	step "${text}building tests" "${log}make-check-build.log" build_tests
}

main()
{
	local rc=0

	if [ -n "$only_build" ]; then
		build
		return
	fi
	forget
	[ ${#programs[@]} -lt 2 ] || programs=("${programs[*]}")
	step "${text}running make check" "${log}make-check.log" make_check || rc=$?
	collect
	if [ ! -s "$results" ]; then
		say "${text}make check ran no test, log: ${log}make-check.log"
		exit 1
	fi
	# make fails for its own reasons too.
	[ "$rc" -eq 0 ] || grep -q '^fail ' "$results"
}

main
