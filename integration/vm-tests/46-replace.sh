#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 34
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# New versions of a monitor while it runs: no period missed, variables kept or
# not, and back when refused, aborted or in breach of the contract. Both daemons
# die during a probation.
# shellcheck disable=SC2154

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

ready=/run/vt-replaced

start_both || exit 1
rm -f "$ready"
vt replace "$ready" &
app=$!
if wait_until 120 test -s "$ready"; then
	versions=$(dionisysctl versions "$(cat "$ready")" cpu/count)
	has dionisysctl-tells-the-versions "$versions" "variables kept" "spin.c: aborted" "on probation"
	kill_daemon safexd
	start_daemon safexd safexd || echo "FAIL safexd-starts-again"
	kill_daemon nameserver
	start_nameserver || echo "FAIL nameserver-starts-again"
else
	echo "FAIL versions-come-so-far"
fi
wait "$app" || echo "FAIL vt-replace exit code $?"
stop_both
