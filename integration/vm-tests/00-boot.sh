#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The VM is what the other tests rely on.

check()
{
	name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok $name"
	else
		echo "FAIL $name"
	fi
}

check kernel-6.12 sh -c 'uname -r | grep "^6\.12\."'
check safex-inserted grep -q '^safex ' /proc/modules
check safex-has-btf test -s /sys/kernel/btf/safex
check virtual-clock grep -qx tsc /sys/devices/system/clocksource/clocksource0/current_clocksource
check bpf-filesystem grep -q ' /sys/fs/bpf bpf ' /proc/mounts
check compiler clang-19 --version
check sandbox su -s /bin/sh safexd -c 'bwrap --unshare-all --ro-bind / / true'
check loopback ping -c 1 127.0.0.1
