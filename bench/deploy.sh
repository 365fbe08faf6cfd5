#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: deploy.sh BUILD FIGURES
#
# Group of bench/run: how long a source is on its way to an object that is ready
# to be loaded, natively: new, alone or in a series, and compiled before.

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$top/integration/lib.sh"
build=$(cd "$1" && pwd) figures=$2

# The headers are those of the source tree.
measure()
{
	DIONISYS_SDK=$top/safexd/sdk "$build/safexd/sx-bench" "$top/safexd" >"$figures"
}

"$top/integration/build.sh" "$build"
step "400 new sources, 2,000 compiled before" "$build/log/bench-deploy.log" measure
