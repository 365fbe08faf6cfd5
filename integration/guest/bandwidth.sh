# shellcheck shell=dash disable=SC3043
# SPDX-License-Identifier: GPL-2.0-only
#
# For VM tests that bring the selftests along, and source dionisys.sh:
#   # vm-file: selftests:/st
#   bandwidth                    total_bw, and this_bw of all CPUs together
#   is_bandwidth BOTH            are they these?
#   is_again NAME BOTH           result line: do they become these?

bandwidth()
{
	(cd /st && ./safex-selftest bandwidth)
}

is_bandwidth()
{
	[ "$(bandwidth)" = "$1" ]
}

# What a task leaves behind is free at the end of its period, or when it has paid
# what it used above its reservation.
is_again()
{
	wait_until 10 is_bandwidth "$2"
	same "$1" "$(bandwidth)" "$2"
}
