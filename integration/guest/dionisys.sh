# shellcheck shell=dash disable=SC3043,SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# For VM tests of the whole: both daemons, results, and vt (vm-tests/vt.h),
# which a test brings along with
#   # vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#   start_both, stop_both        0, or a FAIL line is out
#   check NAME COMMAND...        result line: does the command succeed?
#   same NAME GOT WANTED         result line: are they the same text?
#   has NAME TEXT PART...        result line: is each part in the text?
#   hasnt NAME TEXT PART         result line: is the part not in the text?
#   forget_compiled              the next safexd has to compile everything

# shellcheck source-path=SCRIPTDIR source=daemons.sh
. /vm-lib/daemons.sh

vt_port=2049		# of the nameserver, on loopback
empty='kernel 0 pins 0 safexd 0 nameserver 0'

start_nameserver()
{
	start_daemon nameserver dionisys-nameserver \
		--listen unix:/run/dionisys/nameserver --listen "tcp:127.0.0.1:$vt_port"
}

start_both()
{
	start_nameserver || { echo "FAIL nameserver-starts"; return 1; }
	start_daemon safexd safexd || { echo "FAIL safexd-starts"; return 1; }
	wait_until 10 connected || { echo "FAIL nameserver-finds-safexd"; return 1; }
}

# The nameserver has spoken with this safexd; until then calls say BUSY or such.
connected()
{
	vt manager
}

stop_both()
{
	check safexd-ends-in-order stop_daemon safexd
	check nameserver-ends-in-order stop_daemon nameserver
}

check()
{
	local name=$1

	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok $name"
	else
		echo "FAIL $name"
		return 1
	fi
}

same()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "FAIL $1 \"$2\", not \"$3\""
	fi
}

has()
{
	local name=$1 text=$2 part

	shift 2
	for part in "$@"; do
		case $text in
		*"$part"*) ;;
		*)
			echo "FAIL $name no \"$part\" in: $text"
			return
			;;
		esac
	done
	echo "ok $name"
}

is_state()
{
	[ "$(vt state)" = "$1" ]
}

# Waits for it, and says what it was instead.
state_becomes()
{
	wait_until "$2" is_state "$3"
	same "$1" "$(vt state)" "$3"
}

# hasnt NAME TEXT PART
hasnt()
{
	case $2 in
	*"$3"*) echo "FAIL $1 $(echo "$2" | grep -F -m 1 -e "$3")" ;;
	*) echo "ok $1" ;;
	esac
}

forget_compiled()
{
	rm -f /var/cache/safexd/*
}
