# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# For shell tests of `make check`, in TAP. The one that sources this has set
# work, a directory of its own.
#   verdict NAME COMMAND...   one line; what the command says goes before
#   skip NAME WHY
#   tap_end                   the plan; the exit code is 0 if nothing failed

tap_failed=0 tap_count=0

verdict()
{
	local name=$1

	shift
	tap_count=$((tap_count + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $tap_count - $name"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $tap_count - $name"
		tap_failed=1
	fi
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_end()
{
	echo "1..$tap_count"
	exit "$tap_failed"
}
