# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: sh vm-guest.sh NAME...
#
# Runs /tests/NAME.sh one after the other in the VM. The marks around each are
# read by vm-log.awk on the host. Kernel warnings during a test are shown: a
# splat is a failure of the test that was running.

# Of virtual time, for one test that does not say its own (`# vm-seconds: N`).
seconds=120
[ "$KERNEL" != debug ] || seconds=1200

limit()
{
	local own

	own=$(sed -n 's/^# vm-seconds: //p' "/tests/$1.sh")
	own=${own:-$seconds}
	[ -z "$LONG" ] || own=$((own * 10))
	echo "$own"
}

complaint='WARNING: |BUG: |Oops: |UBSAN: |ODEBUG: |DEBUG_LOCKS_WARN_ON|INFO: .* blocked|rcu_.*stall|kernel BUG'

complaints()
{
	dmesg | grep -c -E "$complaint"
}

# told NAME N: shows what came after the N complaints that were there before.
# The first one is part of the result, which is all that some people see.
told()
{
	dmesg | awk -v what="$complaint" -v n="$2" '
		$0 ~ what { seen++ }
		seen > n && lines++ < 80'
	echo "FAIL kernel-log the kernel complained during $1:" \
		"$(dmesg | grep -E "$complaint" | sed -n "$(($2 + 1))p")"
}

# A kernel with its checkers on: they must be on still, for most of them stop
# at the first thing they find. kmemleak trusts nothing younger than 5 s, and
# what one scan finds the next may see to be in use.
checkers()
{
	grep -q 'debug_locks: *1' /proc/lockdep_stats && echo "ok lockdep-is-on" ||
		echo "FAIL lockdep-is-on it has stopped watching"
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	head -n 60 /sys/kernel/debug/kmemleak >/tmp/kmemleak
	if [ -s /tmp/kmemleak ]; then
		cat /tmp/kmemleak
		echo "FAIL no-memory-is-lost kmemleak found some"
	else
		echo "ok no-memory-is-lost"
	fi
}

for name in "$@"; do
	echo "== begin $name"
	before=$(complaints)
	timeout "$(limit "$name")" sh "/tests/$name.sh" </dev/null 2>&1
	rc=$?
	[ "$(complaints)" -eq "$before" ] || told "$name" "$before"
	echo "== end $name $rc"
done

if [ "$KERNEL" = debug ]; then
	echo "== begin checkers"
	checkers
	echo "== end checkers 0"
fi
