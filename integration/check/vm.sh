#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: vm.sh [--kernel patched|debug|newer] BUILD RESULTS NAME...
#        vm.sh [--kernel patched|debug|newer] --list
#
# Runs tests of integration/vm-tests (file names without .sh) in the VM, each in
# a boot of its own, and appends their results to RESULTS. Headers in a test's
# first lines:
#   # vm: options of qemu/run.sh
#   # vm-file: SRC:DST    file from the build directory, or the source tree,
#                         that the test finds in the guest under DST
#   # vm-seconds: N       of virtual time, instead of 120
#   # vm-not: debug       judges figures, which that kernel has not
#   # vm-not: newer       where CPUs take turns: that kernel programs its timers
#                         with a lock held, and the emulator turns to the next
#                         CPU just then, so that the others may never find it free
#   # vm-not: patched     asks nothing of the kernel that the stock one has not
#                         answered
# A test prints TAP, or `ok NAME`, `FAIL NAME why`, `skip NAME why`. It has
# failed also when it exits with another code than 0, or names no result.
# With --kernel it is one of patched-kernel.sh's, or newer-kernel.sh's, whose
# name is then part of the results; a test finds it in $KERNEL. With LONG=1 in
# the environment a test does more of what takes long. --list prints the tests
# for that kernel, the longest first.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
variant='' boot_options=()
if [ "$1" = --kernel ]; then
	variant=$2
	shift 2
fi
tests=$top/integration/vm-tests
# Wall-clock seconds for one boot: a hung guest must not hold up ./check.
limit=3000
# Checkers are slow: a faster machine, so that programs fit into their time.
if [ "$variant" = debug ]; then
	limit=5400
	boot_options+=(--shift 0)
fi
[ -z "${LONG:-}" ] || limit=5400

header()
{
	head -n 15 "$tests/$2.sh" | sed -n "s/^# $1:[[:space:]]*//p"
}

# A test may have more than one such line.
is_left_out()
{
	case " $(header vm-not "$1" | tr '\n' ' ') " in
	*" $variant "*) ;;
	*) return 1 ;;
	esac
}

# The measure is `# vm-cost: N`, the seconds of a processor that it took once.
list()
{
	local name

	find "$tests" -maxdepth 1 -name '*.sh' -printf '%f\n' | sed 's/\.sh$//' |
		LC_ALL=C sort | while read -r name; do
		[ -n "$variant" ] && is_left_out "$name" ||
			printf '%s %s\n' "$(header vm-cost "$name")" "$name"
	done | sort -s -k 1,1nr | cut -d ' ' -f 2
}

# Turns the vm-file headers of a test into options, in the array `options`.
add_vm_files()
{
	local name=$1 spec src

	while read -r spec; do
		src=$build/$variant/${spec%%:*}
		[ -e "$src" ] || src=$build/${spec%%:*}
		[ -e "$src" ] || src=$top/${spec%%:*}
		[ -e "$src" ] || die "$name.sh needs ${spec%%:*}: not there"
		options+=(--file "$src:${spec#*:}")
	done < <(header vm-file "$name")
}

# run_vm LOG NAME: with the array `options`
run_vm()
{
	local log=$1 name=$2

	"$top/integration/qemu/run.sh" --timeout "$limit" \
		--log "${log%.log}-console.log" "${boot_options[@]}" \
		--file "$tests:/tests" --file "$top/integration/guest:/vm-lib" \
		--file "$here/vm-guest.sh:/tests/.run" \
		--run "KERNEL=$variant LONG=${LONG:-} sh /tests/.run $name" \
		"${options[@]}" "$build" 2>&1 |
		tee "$log" |
		sed -u -n -e '/^\(== \|ok \|not ok \|FAIL \|skip \|vm: \|insmod: \)/p'
}

# With several CPUs the emulator may run into the breakpoint that a kernel puts
# where it changes its own code, when that is gone already; or, seen once, fault in
# an instruction that can't, with flags that no processor has: bits from 22 on are
# always 0. In code of ours it would be a fault of ours.
died_of_the_emulator()
{
	local console=${1%.log}-console.log
	local no_flags='RSP: .* EFLAGS: (0[1-9a-f]|[1-9a-f].|00[4-9a-f])'

	! grep -q 'RIP: .*\[safex\]' "$console" || return 1
	grep -q 'Oops: int3' "$console" ||
		grep -A 12 'Oops: double fault' "$console" | grep -qE "$no_flags"
}

# boot NAME: one VM run of this test
boot()
{
	local name=$1 log=$build/log/vm${variant:+-$variant}-$1.log rc=0 options

	[ -f "$tests/$name.sh" ] || die "no test $name in $tests"
	read -r -a options < <(header vm "$name") || options=()
	add_vm_files "$name"
	run_vm "$log" "$name" || rc=$?
	if [ "$rc" -ne 0 ] && died_of_the_emulator "$log"; then
		say "the emulated kernel died of the emulator; once more"
		rc=0
		run_vm "$log" "$name" || rc=$?
	fi
	[ "$variant" != debug ] || name="$name checkers"
	awk -v wanted="$name" -v variant="$variant" -f "$here/vm-log.awk" "$log" \
		>>"$results"
	[ "$rc" -eq 0 ] || say "log: $log"
}

main()
{
	local name

	if [ "$*" = --list ]; then
		list
		return
	fi
	[ $# -gt 2 ] || die "usage: vm.sh [--kernel K] BUILD RESULTS NAME..."
	build=$1 results=$2
	shift 2
	[ -z "$variant" ] || boot_options+=(--kernel "$build/$variant")
	boot_options+=(--module "$build/${variant:-.}/safex.ko")
	for name in "$@"; do
		boot "$name"
	done
}

main "$@"
