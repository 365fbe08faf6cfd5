#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: patched.sh BUILD RESULTS
#
# Tests of ./check that need the kernel with the patches: style of the series
# and the subsystem, the subsystem in a kernel tree, and all tests of the VM
# and the main job once more on that kernel.
# Appends `pass|fail NAME` lines to RESULTS.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd) results=$2

# try NAME ACTION
try()
{
	local name=$1 action=$2

	if step "$name" "$build/log/patched-$action.log" \
		"$here/kernel-tree.sh" "$action" "$build"; then
		printf 'pass patched: %s\n' "$name" >>"$results"
	else
		printf 'fail patched: %s\n' "$name" >>"$results"
	fi
}

"$top/integration/patched-kernel.sh" "$build"
printf 'pass patched: kernel and module build\n' >>"$results"
try "series is in the kernel's style" series_style
try "subsystem is in the kernel's style" subsystem_style
try "sparse" run_sparse
try "one patch for all" one_patch
try "grafting safex, twice" graft_twice
try "building CONFIG_SAFEX=m" as_module
try "building CONFIG_SAFEX=y" built_in
try "building CONFIG_SAFEX=n" left_out
"$here/vm.sh" --kernel patched "$build" "$results"
"$here/demo.sh" --patched "$build" "$results"
