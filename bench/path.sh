#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: path.sh BUILD FIGURES
#
# Group of bench/run: what it costs to get to an extension and back, and to keep
# it within its reservation, counted in instructions in VMs where each takes one
# nanosecond; on a kernel with the patches, but for names that end in _stock.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$top/integration/lib.sh"
build=$(cd "$1" && pwd) figures=$2
patched=$build/patched
limit=900	# wall-clock seconds for one VM

# in_vm NAME COMMAND OPTION...: in the directory of the selftests.
in_vm()
{
	local name=$1 command=$2

	shift 2
	"$top/integration/qemu/run.sh" --timeout "$limit" --shift 0 \
		--log "$build/log/bench-$name-console.log" "$@" \
		--file "$top/kernel-patch/selftests/host.sh:/st/host.sh" \
		--run "cd /st && sh ./host.sh && $command" "$build"
}

on_patched()
{
	in_vm "$1" "$2" --kernel "$patched" --module "$patched/safex.ko" \
		--file "$patched/selftests:/st" \
		--file "$patched/gauge/gauge.ko:/st/gauge.ko" \
		--file "$build/bench/path/user-manager:/st/user-manager"
}

on_stock()
{
	in_vm "$1" "$2" --module "$build/safex.ko" --file "$build/selftests:/st"
}

# NAME VALUE UNIT HOW, of the lines that begin with "figure"
figures_of()
{
	sed -n 's/\r$//; s/^figure //p' "$1"
}

"$top/integration/build.sh" "$build"
"$top/integration/patched-kernel.sh" "$build"
step "a round of three processes" "$build/log/bench-path.log" \
	on_patched path "insmod gauge.ko && ./safex-selftest exact path"
step "passes with 10 to 1,000 monitors" "$build/log/bench-ticks.log" \
	on_patched ticks "insmod gauge.ko && ./safex-selftest exact ticks"
step "a thousand aborts" "$build/log/bench-abort.log" \
	on_patched abort "./safex-selftest exact abort cost"
step "checks of loops on the stock kernel" "$build/log/bench-cost.log" \
	on_stock cost "./safex-selftest exact cost"
for name in path ticks abort cost; do
	figures_of "$build/log/bench-$name.log"
done >"$figures"
