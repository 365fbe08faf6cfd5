#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 18
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# The good path: applications that start at the same time on an idle host, and
# the paper's calls, down to the scheduler and back.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# Nothing of theirs is compiled yet, so they have to wait for each other.
four_start_at_once()
{
	local n apps=''

	for n in 1 2 3 4; do
		vt hold "/run/vt-$n" &
		apps="$apps $!"
	done
	for n in 1 2 3 4; do
		check "has-its-contract-$n" wait_until 30 test -e "/run/vt-$n"
	done
	for n in $apps; do
		kill -TERM "$n"
		wait "$n" || echo "FAIL one-of-four-ends-in-order exit code $?"
	done
	check their-manager-goes dionisysctl destroy-manager cpu
}

start_both || exit 1
four_start_at_once
vt calls
stop_both
