#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# Before the shell of ./vm: both daemons run, and what to type is said.

daemon_logs=/var/log/dionisys
# shellcheck source-path=SCRIPTDIR source=daemons.sh
. /vm-lib/daemons.sh

echo "Starting dionisys-nameserver and safexd ..."
start_daemon nameserver dionisys-nameserver
start_daemon safexd safexd
dionisysctl wait 30 >/dev/null || echo "see $daemon_logs"

cat <<'END'

Dionisys runs in this machine; its daemons log to /var/log/dionisys. Time is
virtual: a second is as many instructions each time, and may take several of
yours, but no contract is missed because another program keeps the host busy.

  dionisysctl create-manager cpu 1 /usr/share/dionisys/managers/cpu.c
  dio-hardloop --target 20 --period 100 &
                        has a contract: 20 ms of CPU time in each 100 ms
  dionisysctl list      what there is, how it runs, and what was missed
  dionisysctl kernel    what is promised in all
  dionisysctl records   what went wrong
  dionisysctl check /usr/share/dionisys/examples/pid/handler.c
                        whether this host would take a source

Files come in with ./vm --file HOSTPATH:GUESTPATH; safexcc, beside it, checks a
source without this machine. Leave it with exit or ctrl-d: nothing is kept.

END
