#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: vm.sh [--kernel patched|debug] BUILD RESULTS [NAME...]
#
# Runs the tests of integration/vm-tests in the VM and appends their results
# to RESULTS. All share one boot, in the order of their names, except those
# that ask for a boot of their own. Headers in a test's first ten lines:
#   # vm: own [options of qemu/run.sh]
#   # vm-file: SRC:DST    file from the build directory, or the source tree,
#                         that the test finds in the guest under DST
#   # vm-not: debug       judges figures, which that kernel has not
#   # vm-not: patched     asks nothing of the kernel that the stock one has not
#                         answered
# A test prints TAP, or `ok NAME`, `FAIL NAME why`, `skip NAME why`. It has
# failed also when it exits with another code than 0, or names no result.
# With NAMEs only these tests run (file names without .sh). With --kernel it is
# one of patched-kernel.sh's, whose name is then part of the results; a test
# finds it in $KERNEL.

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
build=$1 results=$2
shift 2
[ -z "$variant" ] || boot_options=(--kernel "$build/$variant")
boot_options+=(--module "$build/${variant:-.}/safex.ko")
logs=$build/log/vm${variant:+-$variant}
tests=$top/integration/vm-tests
# Wall-clock seconds for one boot: a hung guest must not hold up ./check.
limit=1500
# Checkers are slow: a faster machine, so that programs fit into their time.
if [ "$variant" = debug ]; then
	limit=5400
	boot_options+=(--shift 0)
fi

header()
{
	head -n 10 "$tests/$2.sh" | sed -n "s/^# $1:[[:space:]]*//p"
}

# A test may have more than one such line.
is_left_out()
{
	case " $(header vm-not "$1" | tr '\n' ' ') " in
	*" $variant "*) ;;
	*) return 1 ;;
	esac
}

selected()
{
	local name

	for name in "$@"; do
		[ -f "$tests/$name.sh" ] || die "no test $name in $tests"
		say "$name"
	done
	[ $# -gt 0 ] || find "$tests" -maxdepth 1 -name '*.sh' -printf '%f\n' |
		sed 's/\.sh$//' | LC_ALL=C sort
}

# Turns the vm-file headers of the tests into options, in the array `options`.
add_vm_files()
{
	local name spec src

	for name in "$@"; do
		while read -r spec; do
			src=$build/$variant/${spec%%:*}
			[ -e "$src" ] || src=$build/${spec%%:*}
			[ -e "$src" ] || src=$top/${spec%%:*}
			[ -e "$src" ] || die "$name.sh needs ${spec%%:*}: not there"
			options+=(--file "$src:${spec#*:}")
		done < <(header vm-file "$name")
	done
}

# run_vm LOG NAMES...: with the array `options`
run_vm()
{
	local log=$1

	shift
	"$top/integration/qemu/run.sh" --timeout "$limit" \
		--log "${log%.log}-console.log" "${boot_options[@]}" \
		--file "$tests:/tests" --file "$top/integration/guest:/vm-lib" \
		--file "$here/vm-guest.sh:/tests/.run" \
		--run "KERNEL=$variant sh /tests/.run $*" "${options[@]}" "$build" 2>&1 |
		tee "$log" |
		sed -u -n -e '/^\(== \|ok \|not ok \|FAIL \|skip \|vm: \|insmod: \)/p'
}

# The emulator, with several CPUs, may run into the breakpoint that a kernel
# puts where it changes its own code. Of ours nothing was loaded by then.
died_before_us()
{
	! grep -q '^== begin' "$1" && ! grep -q 'safex' "${1%.log}-console.log" &&
		grep -q 'Oops: int3' "${1%.log}-console.log"
}

# boot LOG NAMES...: one VM run of these tests, with the array `options`.
boot()
{
	local log=$1 rc=0

	shift
	add_vm_files "$@"
	run_vm "$log" "$@" || rc=$?
	if [ "$rc" -ne 0 ] && died_before_us "$log"; then
		say "the emulated kernel died while it booted; once more"
		rc=0
		run_vm "$log" "$@" || rc=$?
	fi
	[ "$variant" != debug ] || set -- "$@" checkers
	awk -v wanted="$*" -v variant="$variant" -f "$here/vm-log.awk" "$log" \
		>>"$results"
	[ "$rc" -eq 0 ] || say "log: $log"
}

main()
{
	local name shared=() own=() options

	step "building the module's tests" "$build/log/selftests.log" \
		make -C "$build" selftests gauge
	while read -r name; do
		[ -z "$variant" ] || ! is_left_out "$name" || continue
		case $(header vm "$name") in
		own*) own+=("$name") ;;
		*) shared+=("$name") ;;
		esac
	done < <(selected "$@")
	[ $((${#shared[@]} + ${#own[@]})) -gt 0 ] || die "no tests in $tests"
	options=()
	[ ${#shared[@]} -eq 0 ] || boot "$logs-tests.log" "${shared[@]}"
	for name in "${own[@]}"; do
		read -r -a options < <(header vm "$name" | sed 's/^own//')
		boot "$logs-$name.log" "$name"
	done
}

main "$@"
