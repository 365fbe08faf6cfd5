#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: shell.sh BUILD RESULTS
#
# Test of ./check: ./vm, as a person uses it, of what ./check has built. What its
# greeting says to type is typed, and then what one waits for: a contract in
# which nothing is missed. Appends `pass|fail NAME` lines to RESULTS.

set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 results=$2
log=$build/log/shell.log
patience=900	# s, that the machine may say nothing

pass()
{
	echo "pass shell: $1" >>"$results"
}

fail()
{
	echo "fail shell: $1, log: $log" >>"$results"
	tail -n 30 "$log"
}

# The commands of the greeting, one in a line, without what is said of them.
commands()
{
	sed -n 's/^  dio/dio/p' "$top/integration/guest/welcome.sh" | sed 's/   .*//'
}

# Reads what the machine says to the log, until a line is this.
until_line()
{
	local line

	while IFS= read -r -t "$patience" -u "$said" line; do
		line=${line%$'\r'}
		printf '%s\n' "$line" >>"$log"
		[ "$line" != "$1" ] || return 0
	done
	return 1
}

# A line that its own echo is not.
type_in()
{
	printf '%s\necho "typed"" $?"\n' "$1" >&"$keys"
	if until_line "typed 0"; then
		pass "$1"
	else
		fail "$1"
		return 1
	fi
}

type_all()
{
	local command

	until_line "source without this machine. Leave it with exit or ctrl-d: nothing is kept." ||
		{ fail "greets"; return 1; }
	pass "greets"
	while IFS= read -r command; do
		type_in "$command" || return 1
	done < <(commands)
	# In the guest's time, which nothing else changes.
	type_in "sleep 10; dionisysctl list"
}

judge()
{
	if grep -q 'class .* in force, 0 of [0-9]\{2,\} periods missed' "$log"; then
		pass "its contract is kept"
	else
		fail "its contract is not kept"
	fi
}

open_shell()
{
	DIONISYS_PREPARED=1 DIONISYS_BUILD=$build "$top/vm" \
		--log "$build/log/shell-console.log" 2>&1
}

: >"$log"
[ -n "$(commands)" ] || fail "its greeting says nothing to type"
coproc vm { open_shell; }
pid=$! said=${vm[0]} keys=${vm[1]}
if type_all; then
	judge
fi
echo exit >&"$keys" || :
if wait "$pid"; then
	pass "ends at exit"
else
	fail "ends at exit"
fi
