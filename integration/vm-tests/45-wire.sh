#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 14
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
# vm-not: patched
#
# Hostile bytes to every socket, and a stock ONC RPC client.

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

# What libtirpc's package installs; its client asks there what TCP is.
echo 'tcp tpi_cots_ord v inet tcp - -' >/etc/netconfig

start_both || exit 1
vt null "$vt_port"
vt wire nameserver-tcp "$vt_port" nameserver
vt wire nameserver-unix /run/dionisys/nameserver nameserver
vt wire safexd-control /run/safexd/control safexd
vt wire safexd-local /run/safexd/local safexd
same good-calls-after-attacks "$(vt init)" 0
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
