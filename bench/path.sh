#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: path.sh BUILD FIGURES
#
# Group of bench/run: what it costs to get to an extension and back on a kernel
# with the patches, counted in instructions in a VM where each takes one
# nanosecond.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$top/integration/lib.sh"
build=$(cd "$1" && pwd) figures=$2
patched=$build/patched
limit=900	# wall-clock seconds for one VM

path_in_vm()
{
	"$top/integration/qemu/run.sh" --timeout "$limit" --shift 0 \
		--log "$build/log/bench-path-console.log" --kernel "$patched" \
		--module "$patched/safex.ko" --file "$patched/selftests:/st" \
		--file "$patched/gauge/gauge.ko:/st/gauge.ko" \
		--file "$build/bench/path/user-manager:/st/user-manager" \
		--run "cd /st && insmod gauge.ko && ./safex-selftest exact path" \
		"$build"
}

# NAME VALUE UNIT HOW, of the lines that begin with "figure"
figures_of()
{
	sed -n 's/\r$//; s/^figure //p' "$1"
}

"$top/integration/build.sh" "$build"
"$top/integration/patched-kernel.sh" "$build"
step "a round of three processes" "$build/log/bench-path.log" path_in_vm
figures_of "$build/log/bench-path.log" >"$figures"
