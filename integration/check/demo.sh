#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: demo.sh [--patched] BUILD RESULTS
#
# Test of ./check: the main job, ./demo as a person runs it, with the same
# option, of what ./check has built. Appends one `pass|fail NAME` line to RESULTS.

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
options=()
if [ "$1" = --patched ]; then
	options=("$1")
	shift
fi
build=$1 results=$2
name=demo${options[*]}
log=$build/log/$name.log

if DIONISYS_PREPARED=1 DIONISYS_BUILD=$build "$top/demo" "${options[@]}" >"$log" 2>&1; then
	sed -n '/with Dionisys  .*without/,/^extension/p' "$log" | sed '$d'
	echo "pass $name" >>"$results"
else
	tail -n 30 "$log"
	echo "fail $name, log: $log" >>"$results"
fi
