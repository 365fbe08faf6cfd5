#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 32
# vm: --systemd
# vm-not: patched
#
# The units of integration/systemd: what they forbid is not needed, what they
# give is enough. systemd is process 1, and has made users and directories.
# shellcheck disable=SC3043

# shellcheck source-path=SCRIPTDIR source=../guest/daemons.sh
. /vm-lib/daemons.sh

check()
{
	local name="$1"

	shift
	if "$@" >/tmp/said 2>&1; then
		echo "ok $name"
	else
		echo "FAIL $name"
		tail -n 20 /tmp/said
	fi
}

active()
{
	systemctl is-active safexd dionisys-nameserver
}

nameserver_has_host()
{
	journalctl --no-pager -o cat -u dionisys-nameserver | grep 'host local: ready'
}

make_manager()
{
	wait_until 20 nameserver_has_host &&
		dionisysctl create-manager cpu 1 /usr/share/dionisys/managers/cpu.c
}

# status PROGRAM FIELD: of the oldest process; a worker is one of safexd's
status()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$(pidof "$1" | tr ' ' '\n' | sort -n | head -n 1)/status"
}

# runs_as PROGRAM USER CAPABILITIES: and no way to others
runs_as()
{
	status "$1" Uid | grep "^$(id -u "$2")[[:space:]]" &&
		[ "$(status "$1" CapPrm) $(status "$1" CapBnd)" = "$3 $3" ] &&
		[ "$(status "$1" NoNewPrivs) $(status "$1" Seccomp)" = "1 2" ]
}

listed()
{
	dionisysctl list | grep -c -E '^[0-9a-f]+ (class|monitor|handler|channel) '
}

application_runs()
{
	[ "$(listed)" -eq 4 ]
}

nothing_runs()
{
	[ "$(listed)" -eq 0 ]
}

restarted()
{
	[ "$(systemctl show -P NRestarts safexd)" -eq 1 ] && active
}

processes()
{
	systemctl show -P MainPID safexd dionisys-nameserver
	pidof safexd-loader
}

# The workers of safexd, too. What is asked after it is answered by who is still there.
hangup_ends_none()
{
	local before

	before=$(processes)
	# shellcheck disable=SC2046 # several processes
	kill -HUP $(pidof safexd) $(pidof safexd-loader) $(pidof dionisys-nameserver)
	application_runs && [ "$(processes)" = "$before" ]
}

loader_dies()
{
	kill -KILL "$(pidof safexd-loader)"
	wait_until 20 restarted && application_runs
}

ends_in_order()
{
	systemctl stop safexd dionisys-nameserver &&
		[ "$(systemctl show -P Result safexd)" = success ] &&
		[ "$(systemctl show -P Result dionisys-nameserver)" = success ] &&
		[ ! -e /run/dionisys ] && [ -d /run/safexd/state ]
}

none=0000000000000000

check both-are-started-at-boot wait_until 20 active
check manager-is-compiled-and-loaded make_manager
check nameserver-has-no-capability runs_as dionisys-nameserver dionisys $none
check safexd-has-no-capability runs_as safexd safexd $none
check loader-has-two runs_as safexd-loader safexd-loader 000000c000000000
su alice -s /bin/sh -c 'exec dio-hardloop --target 20 --period 100' >/dev/null 2>&1 &
check extensions-of-a-user-run wait_until 20 application_runs
check sighup-ends-none-of-them hangup_ends_none
check safexd-is-started-again-and-adopts loader_dies
kill "$(pidof dio-hardloop)"
check nothing-is-left wait_until 20 nothing_runs
check daemons-end-in-order ends_in_order
journalctl --no-pager -o cat -u safexd -u dionisys-nameserver >/out/log
