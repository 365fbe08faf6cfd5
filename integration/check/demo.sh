#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: demo.sh BUILD RESULTS
#
# Test of ./check: the main job, ./demo as a person runs it. Appends one
# `pass|fail NAME` line to RESULTS.

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 results=$2
log=$build/log/demo.log

if DIONISYS_BUILD=$build "$top/demo" >"$log" 2>&1; then
	sed -n '/with Dionisys  .*without/,/^extension/p' "$log" | sed '$d'
	echo "pass demo" >>"$results"
else
	tail -n 30 "$log"
	echo "fail demo, log: $log" >>"$results"
fi
