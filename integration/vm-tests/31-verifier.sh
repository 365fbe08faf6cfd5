#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 36
# vm-file: safexd/sx-deploy:/usr/bin/sx-deploy
# vm-file: safexd/corpus:/corpus
# shellcheck shell=dash disable=SC3043,SC1091,SC2034
#
# What the instrument stage makes of sources with loops, tables and little
# room is accepted by the kernel's verifier, and runs to its end.

daemon_logs=/tmp/log
. /vm-lib/daemons.sh

cd=0x31
# ns, of each monitor: all together are less than safex lets programs have.
budget=150000 period=20000000
# A kernel with checkers takes longer for the same, and all may be due at once.
if [ "$KERNEL" = debug ]; then
	budget=450000 period=60000000
	echo 20000 >/sys/module/safex/parameters/pass_cap_us
fi

# verdict NAME COMMAND...: by the command's exit code.
verdict()
{
	local name=$1 out

	shift
	if out=$("$@" 2>&1); then
		echo "ok $name"
	else
		echo "FAIL $name"
		echo "$out" | sed 's/^/  # /'
	fi
}

# Has each of the monitors been called?
all_ran()
{
	sx-deploy report | awk -v n="$1" \
		'$1 == 4 { for (i = 1; i < NF; i++) if ($i == "runs" && $(i + 1) > 2) ran++ }
		 END { exit ran != n }'
}

no_record()
{
	local out

	out=$(sx-deploy records $cd)
	echo "$out"
	[ "$out" = "records: ok" ]
}

out_of_range()
{
	sx-deploy records $cd | grep -q 'cpu/outside .* kind 8 .* line 6 .* index out of its range at outside.c:6'
}

# The second line of such a source says what is to be heard.
is_told()
{
	local said wanted

	wanted=$(sed -n '2s/.*refused at \([0-9]*\): \(.*\) \*\//\1: \2/p' "$2")
	if said=$(sx-deploy monitor $cd "cpu/$1" "$2" 10000000 2>&1); then
		echo "was accepted"
		return 1
	fi
	echo "$said"
	case $said in
	*"$1.c:$wanted"*"the kernel's verifier"*) ;;
	*) return 1 ;;
	esac
}

write_outside()
{
	cat >/tmp/outside.c <<-'END'
	#include <safex/extension.h>
	static s64 table[4];

	void monitor(void)
	{
		table[get_attribute("cpu_time") | 4] += 1;
	}
	END
}

# Linux 7.2 refuses an array inside a structure whose index is checked with the
# array's offset added: for a moment the pointer is before the variable.
rm -rf /tmp/corpus
cp -r /corpus /tmp/corpus
[ "$KERNEL" != newer ] || rm /tmp/corpus/inner.c

start_daemon safexd safexd --allow-managers any || { echo "FAIL safexd-starts"; exit 1; }
verdict manager sx-deploy manager cpu /usr/share/dionisys/managers/cpu.c
verdict class sx-deploy class $cd cpu $$ target_cpu=20000000 period=100000000
n=0
for file in /tmp/corpus/*.c; do
	name=$(basename "$file" .c)
	verdict "$name" sx-deploy -b $budget monitor $cd "cpu/$name" "$file" $period
	n=$((n + 1))
done
verdict all-run wait_until 10 all_ran $n
verdict none-fails no_record
write_outside
verdict outside sx-deploy monitor $cd cpu/outside /tmp/outside.c 10000000
verdict outside-is-told wait_until 10 out_of_range
sx-deploy destroy 4 $cd cpu/outside >/dev/null || echo "FAIL destroy-outside"
for file in /tmp/corpus/*.c; do
	name=$(basename "$file" .c)
	sx-deploy destroy 4 $cd "cpu/$name" >/dev/null || echo "FAIL destroy-$name"
done
# What only the verifier can refuse is told with the line, and what to do.
for file in /tmp/corpus/refused/*.c; do
	name=$(basename "$file" .c)
	verdict "refused-$name" is_told "$name" "$file"
done
verdict end sh -c "sx-deploy destroy 3 $cd cpu && sx-deploy destroy 1 0 cpu"
stop_daemon safexd
