#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 70
# vm: --smp 4
# vm-not: newer
# vm-seconds: 900
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-file: selftests:/st
#
# Contracts begin and end while every CPU is taken. The emulator's CPUs take turns,
# so that safex's thread uses far more time than its reservation for each change, as
# beside a host that takes the CPU from a virtual machine. LONG=1: a hundred rounds.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh
# shellcheck source-path=SCRIPTDIR source=../guest/bandwidth.sh
. /vm-lib/bandwidth.sh

ready=/run/vt-ready
rounds=6
[ -z "${LONG:-}" ] || rounds=100
seconds=15		# in which a contract begins, or ends

take_all_cpus()
{
	local left

	left=$(nproc)
	while [ "$left" -gt 0 ]; do
		while :; do :; done &
		takers="$takers $!"
		left=$((left - 1))
	done
}

end_in_one_of_three_ways()
{
	case $(($1 % 3)) in
	0) kill -TERM "$app" ;;
	1) dionisysctl end "$(cat "$ready")"; kill -KILL "$app" ;;
	2) kill -KILL "$app" ;;
	esac
	wait "$app"
}

uptime()
{
	cut -d . -f 1 /proc/uptime
}

# takes WHAT COMMAND...: waits for it, and says if it took too long
takes()
{
	local what="$1" begin took

	shift
	begin=$(uptime)
	wait_until 120 "$@" || echo "FAIL $what: never"
	took=$(($(uptime) - begin))
	[ "$took" -le "$longest" ] || longest=$took
}

one_round()
{
	rm -f "$ready"
	vt hold "$ready" &
	app=$!
	takes "contract-$1-begins" test -e "$ready"
	end_in_one_of_three_ways "$1"
	takes "contract-$1-ends" is_state "$none"
}

start_both || exit 1
none=$(vt state)
before=$(bandwidth)
longest=0
one_round 0		# compiles, for all of them
take_all_cpus
round=0 longest=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	one_round "$round"
done
# shellcheck disable=SC2086
kill $takers
echo "a contract began or ended in $longest s at most"
check contracts-begin-and-end-in-time test "$longest" -le "$seconds"
is_again all-is-given-back "$before"
stop_both
