#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vm-cost: 31
# vm-file: integration/vm-tests/.libs/vt:/usr/bin/vt
#
# Whether a host would take a source: dionisysctl check says it as a create
# would, and what the host has; and nothing is as little as different after it.
# shellcheck disable=SC3043,SC2154

# shellcheck source-path=SCRIPTDIR source=../guest/dionisys.sh
. /vm-lib/dionisys.sh

ready=/run/vt-checked
ext=/tests/ext
alice=1001

# With its checkers a kernel takes so long for all before this that the
# nameserver sweeps old requests away meanwhile.
databases()
{
	[ "$KERNEL" = debug ] || md5sum /var/lib/dionisys/nameserver.sqlite*
}

# What there is, without what counts on by itself.
everything()
{
	vt state
	dionisysctl list | awk '{ print $1, $2, $3 }'
	dionisysctl records
	dionisysctl kernel
	sed 's/\(runs\|windows\|alive\)=.*//; s/queued=.*//' /sys/kernel/debug/safex
	ls -i /sys/fs/bpf/safex
	md5sum /run/safexd/state/*
	databases
}

# ask ARGUMENT...: its output in $said, its exit code in $code
ask()
{
	code=0
	said=$(dionisysctl check "$@" 2>&1) || code=$?
}

# taken NAME TEXT... -- ARGUMENT...
taken()
{
	verdict 0 "$@"
}

refused()
{
	verdict 1 "$@"
}

verdict()
{
	local wanted="$1" name="$2" parts=""

	shift 2
	while [ "$1" != -- ]; do
		parts="$parts$1
"
		shift
	done
	shift
	ask "$@"
	parts=$(echo "$parts" | absent)
	if [ "$code" = "$wanted" ] && [ -z "$parts" ]; then
		echo "ok $name"
	else
		echo "FAIL $name exit code $code, no \"$parts\" in: $said"
	fi
}

# Lines of the input that $said has not.
absent()
{
	local part

	while read -r part; do
		case $said in
		*"$part"*) ;;
		*) echo "$part" ;;
		esac
	done
}

# The compiler, the kernel, the time: told of what is taken and of what is not.
tells_of_the_host()
{
	has "$1" "$said" "compiler  /" "kernel    $(uname -r), safex interface" \
		"programs are called" "extensions have" "asked for" "allowed 10 %"
	same "$1-in-80-columns" "$(echo "$said" | sed -n '/^compiler/,$p' | grep -c '.\{81\}')" 0
}

good_ones()
{
	taken good-monitor "watch.c: would be taken as a monitor" "gets      wish" \
		"sets      nothing" -- --class "$cd" --name new $ext/watch.c
	tells_of_the_host good-monitor-tells
	taken good-handler "would be taken as a handler" "gets      nothing" \
		"sets      timeslice-adjustment" -- handler $ext/ask.c
	taken good-manager "would be taken as a manager" "for each class" -- --name other $cpu_source
	taken good-for-a-user "would be taken as a handler" -- --host local $ext/ask.c
}

bad_ones()
{
	refused compile-error "refused at compile" "error 14 (" "broken.c:6" -- $ext/broken.c
	tells_of_the_host refused-tells
	refused missing-attribute "refused at instrument" "error 5 (" \
		'attribute "colour" does not exist' -- --class "$cd" $ext/no-attribute.c
	refused attribute-of-no-class 'attribute "wish" does not exist' -- $ext/watch.c
	refused no-right-to-an-attribute "error 13 (" 'no right to set attribute "target_cpu"' \
		-- /tmp/greedy.c
	refused reservation-too-large "error 12 (" "time reserved for extensions would be" \
		"asked for, 10 % is allowed" -- --budget 10000000 --period 10000000 \
		--class "$cd" $ext/watch.c
	refused name-taken "refused at the nameserver" "error 7 (" "exists already" \
		-- --class "$cd" --name watch $ext/watch.c
	tells_of_the_host name-taken-tells
	refused manager-taken "error 7 (" "exists already" -- --name cpu $cpu_source
	refused no-such-manager "error 1 (" "does not exist" -- --manager mem $ext/ask.c
	refused no-such-class "error 8 (" "is not valid" -- --class 0x77 $ext/ask.c
	refused unknown-host "error 6 (" "host node7 is not known to the nameserver; it knows: local" \
		-- --host node7 $ext/ask.c
	refused period-below-the-manager "error 10 (" "is shorter than service manager cpu" \
		-- --period 2000000 monitor /tmp/greedy.c
}

as_alice()
{
	/usr/bin/setpriv --reuid $alice --regid $alice --clear-groups dionisysctl check "$@" 2>&1
}

rights()
{
	said=$(as_alice $ext/ask.c)
	has a-user-may-ask "$said" "would be taken as a handler"
	said=$(as_alice --class "$cd" $ext/watch.c)
	has not-for-anothers-class "$said" "refused at the nameserver" "error 13 (" \
		"belongs to another user"
	said=$(as_alice --name mine $cpu_source)
	has no-right-to-managers "$said" "refused at the nameserver" "error 13 (" "may not create"
}

cpu_source=/usr/share/dionisys/managers/cpu.c
cat >/tmp/greedy.c <<'END'
#include <safex/extension.h>

void monitor(void)
{
	set_attribute("target_cpu", 1 * SEC);
}
END

start_both || exit 1
vt hold "$ready" &
app=$!
if wait_until 120 test -s "$ready"; then
	cd=$(cat "$ready")
	before=$(everything)
	good_ones
	bad_ones
	rights
	same nothing-has-changed "$(everything)" "$before"
	dionisysctl check --wish 1 $ext/ask.c >/dev/null 2>&1
	same wrong-usage "$?" 2
else
	echo "FAIL application-gets-its-contract"
fi
kill -TERM "$app"
wait "$app" || echo "FAIL vt-hold exit code $?"
dionisysctl destroy-manager cpu
same nothing-is-left "$(vt state)" "$empty"
stop_both
