#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: debug.sh BUILD RESULTS
#
# The tests of ./check --debug: those of the VM on a kernel with its own
# checkers (kernel-patch/config/debug.config). Whatever they print is a failure
# of the test that ran; at the end of each boot they must still be on, and no
# memory may be lost. Appends `pass|fail NAME` lines to RESULTS.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) results=$2

"$here/../patched-kernel.sh" --debug "$build"
printf 'pass debug: kernel and module build\n' >>"$results"
"$here/vm.sh" --kernel debug "$build" "$results"
