#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 30
# vm-file: selftests:/st
# vm-file: kernel-patch/selftests/host.sh:/st/host.sh
# vm-file: gauge/gauge.ko:/st/gauge.ko
#
# The kernel module by itself, unloaded at the end. With LONG set it makes and
# ends thousands of contracts.

# What several distributions' kernels are: they account interrupts apart, so that a
# computed CPU time is behind by a tick, and have nothing of what the patches add.
without_patches()
{
	insmod /run/vm/module.ko usual=1 || echo "FAIL module-does-without-patches"
	dmesg | grep -q 'by a thread, CPU time is computed.*by trampolines, at their own' &&
		echo "ok module-does-without-patches" ||
		echo "FAIL module-does-without-patches $(dmesg | grep 'safex: reservations')"
	# What waits has left in the scheduler's sum goes, for it adds up anew.
	sh ./host.sh
	./safex-selftest sum watch window sleeps taken kin force back ||
		echo "FAIL safex-selftest without patches, exit code $?"
}

cd /st || exit 1
sh ./host.sh || echo "FAIL host-is-prepared"
insmod gauge.ko || echo "FAIL gauge-is-there"
./safex-selftest -abort -cost -stress -many -programs -written || echo "FAIL safex-selftest exit code $?"

./safex-selftest stale /run/vm/module.ko || echo "FAIL safex-selftest stale exit code $?"

rmmod gauge
# Programs are freed after a grace period, and hold the module until then.
tries=50
until rmmod safex 2>/dev/null; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || break
	usleep 100000
done
if grep -q '^safex ' /proc/modules; then
	echo "FAIL module-unloads"
else
	echo "ok module-unloads"
fi
case $KERNEL in
patched | debug) without_patches ;;
esac
