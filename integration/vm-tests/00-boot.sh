#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 9
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

# The kernel takes a second to trust it; some boot in less.
on_tsc()
{
	left=30
	until grep -qx tsc /sys/devices/system/clocksource/clocksource0/current_clocksource; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		usleep 100000
	done
}

[ "$KERNEL" = newer ] || check kernel-6.12 sh -c 'uname -r | grep "^6\.12\."'
check safex-inserted grep -q '^safex ' /proc/modules
check safex-has-btf test -s /sys/kernel/btf/safex
check virtual-clock on_tsc
check bpf-filesystem grep -q ' /sys/fs/bpf bpf ' /proc/mounts
check compiler clang-19 --version
check sandbox su -s /bin/sh safexd -c 'bwrap --unshare-all --ro-bind / / true'
check loopback ping -c 1 127.0.0.1
