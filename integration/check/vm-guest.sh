# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: sh vm-guest.sh NAME...
#
# Runs /tests/NAME.sh one after the other in the VM. The marks around each are
# read by vm-log.awk on the host. Kernel warnings during a test are shown: a
# splat is a failure of the test that was running.

seconds=120	# of virtual time, for one test

complaints()
{
	dmesg | grep -c -E 'WARNING: |BUG: |Oops: |INFO: task .* blocked|rcu_.*stall'
}

for name in "$@"; do
	echo "== begin $name"
	before=$(complaints)
	timeout "$seconds" sh "/tests/$name.sh" </dev/null 2>&1
	rc=$?
	if [ "$(complaints)" -ne "$before" ]; then
		dmesg | tail -n 40
		echo "FAIL kernel-log the kernel complained during $name"
	fi
	echo "== end $name $rc"
done
