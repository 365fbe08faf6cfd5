#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 15
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# What is reserved follows the timeslice, also when that is another in each of a
# few periods and then the first again: the scheduler, the class's attributes and
# its manager agree.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

ready=/run/vt-ready
usual=20200000		# of a target of 20 ms: 1 % more

runtime()
{
	chrt -p "$app" | sed -n 's,.*runtime/deadline/period parameters: \([0-9]*\)/.*,\1,p'
}

is_usual()
{
	[ "$(runtime)" = "$usual" ]
}

is_more()
{
	[ "$(runtime)" -gt "$usual" ]
}

start_both || exit 1
vt hold "$ready" &
app=$!
wait_until 20 test -e "$ready" || echo "FAIL application-gets-its-contract"
check it-has-its-reservation wait_until 5 is_usual
check handler-is-replaced dionisysctl replace "$(cat "$ready")" cpu/ask /tests/ext/back.c
check it-gets-more wait_until 5 is_more
check and-what-it-had-again wait_until 5 is_usual
sleep 1
same and-keeps-that "$(runtime)" "$usual"
kill -TERM "$app"
wait "$app"
dionisysctl destroy-manager cpu
stop_both
