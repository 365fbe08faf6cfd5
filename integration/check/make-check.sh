#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: make-check.sh [--sanitized] BUILD RESULTS
#
# Runs `make check` and appends one `pass|fail|skip NAME` line for each single
# test to RESULTS: those that the cmocka or TAP output of a test program
# names, and the program itself where it names none or ended badly.
# --sanitized: of a second build in BUILD/sanitized, with ASan and UBSan and
# warnings as errors; names then begin with "sanitized/". Some tests need the
# plain build: they make malloc fail, which the sanitizers' own does not.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
name=''
if [ "$1" = --sanitized ]; then
	name=sanitized
	shift
fi
build=$(cd "$1" && pwd) results=$2
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
	make -C "$tree" -j "$(nproc)" -k check TESTS=
}

make_check()
{
	UBSAN_OPTIONS=print_stacktrace=1 make -C "$tree" -j "$(nproc)" -k check
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

main()
{
	local rc=0 before

	mkdir -p "$tree"
	[ -f "$tree/Makefile" ] ||
		step "${text}configuring" "${log}configure.log" configure
	forget
	step "${text}building tests" "${log}make-check-build.log" build_tests || rc=$?
	step "${text}running make check" "${log}make-check.log" make_check || rc=$?
	before=$(wc -l <"$results")
	collect
	# make fails for its own reasons too, such as a test that does not compile.
	if [ "$rc" -ne 0 ] &&
	   ! tail -n +$((before + 1)) "$results" | grep -q '^fail '; then
		exit 1
	fi
	if [ "$(wc -l <"$results")" -eq "$before" ]; then
		say "${text}make check ran no test, log: ${log}make-check.log"
		exit 1
	fi
}

main
