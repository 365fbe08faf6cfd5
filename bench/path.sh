#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: path.sh BUILD FIGURES
#
# Group of bench/run: what it costs to get to an extension and back, counted in
# instructions in a VM where each takes one nanosecond.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$top/integration/lib.sh"
build=$(cd "$1" && pwd) figures=$2
limit=900	# wall-clock seconds for one VM

# in_vm LOG OPTIONS... -- COMMAND: with the selftests of that kernel in /st
in_vm()
{
	local log=$1 kernel=$2 tests=$3 job=$4

	"$top/integration/qemu/run.sh" --timeout "$limit" --shift 0 \
		--log "${log%.log}-console.log" --kernel "$kernel" \
		--module "$tests/../safex.ko" --file "$tests:/st" \
		--file "$tests/../gauge/gauge.ko:/st/gauge.ko" \
		--file "$build/bench/path/user-manager:/st/user-manager" \
		--run "cd /st && insmod gauge.ko && $job" "$build" >"$log" 2>&1
}

patched()
{
	in_vm "$build/log/bench-path.log" "$build/patched" \
		"$build/patched/selftests" "./safex-selftest exact path &&
		./safex-selftest exact abort cost"
}

stock()
{
	in_vm "$build/log/bench-path-stock.log" "$build/kernel" \
		"$build/selftests" "./safex-selftest exact cost"
}

# figures_of LOG [SUFFIX]: NAME VALUE UNIT HOW, of its "figure" lines
figures_of()
{
	awk -v suffix="${2:-}" '{ sub(/\r$/, "") }
		$1 == "figure" { $2 = $2 suffix; sub(/^figure /, ""); print }' "$1"
}

"$top/integration/build.sh" "$build"
"$top/integration/patched-kernel.sh" "$build"
step "building the module's tests" "$build/log/selftests.log" \
	make -C "$build" selftests gauge
step "patched kernel" "$build/log/bench-path-vm.log" patched
step "stock kernel" "$build/log/bench-path-stock-vm.log" stock
figures_of "$build/log/bench-path.log" >"$figures"
figures_of "$build/log/bench-path-stock.log" _stock >>"$figures"
