#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guide's tables of refusals are made of sx_refusals.h and the loader's
# ld_refusals.h, and nothing else is said: no other text is in a call that refuses
# something. What the SDK has the compiler say is there, too.
# `test_refusals.sh --write` puts the tables into the guide.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
src=$(cd "$(dirname "$0")" && pwd)
top=$src/..
guide=$src/extensions.md
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-refusals.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$top/integration/tap.sh"

# The title of the first one is where they begin; they are the guide's end.
first='### The source'

loaders=$top/safexd/loader/ld_refusals.h

tables()
{
	awk -f "$src/refusals.awk" "$1" "$loaders"
}

tables_are_in()
{
	sed -n "/^$first\$/,\$p" "$2" >"$work/guide"
	tables "$1" | sed 1d >"$work/made"
	diff "$work/guide" "$work/made" &&
		[ "$(grep -c '^| `' "$work/made")" -gt 100 ] &&
		! grep -n '`` |\||  |$' "$work/made"
}

write()
{
	sed "/^$first\$/,\$d" "$guide" >"$work/new"
	tables "$top/safexd/sx_refusals.h" | sed 1d >>"$work/new"
	cat "$work/new" >"$guide"
}

# What only a program without libdionisys, a broken object or a fault of safexd
# itself is told, and parts of a message that is in sx_refusals.h.
but='no kind of|number that is not 0|no name of %|has not a class descriptor'
but+='|%s a class descriptor|not a manager, monitor|: more than %d attributes"'
but+='|say which is meant|runs a set-user-ID|division by 0|and %s takes'
but+='|given to the loader|DIO_E_INTERNAL|DIO_E_NO_MEMORY|SX_REFUSED_OBJECT'

# The texts of the assertions in the headers given, each on a line.
asserted()
{
	# shellcheck disable=SC2016 # these are perl's
	perl -0777 -ne '
		my $call = qr/(\((?:[^()"]|"(?:[^"\\]|\\.)*"|(?-1))*\))/;
		while (/_Static_assert$call/g) {
			my $text = join "", $1 =~ /"((?:[^"\\]|\\.)*)"/g;
			print "$text\n" if $text;
		}' "$@"
}

sdk_is_in()
{
	local text

	asserted "$top"/safexd/sdk/safex/*.h >"$work/asserted"
	[ -s "$work/asserted" ] || return 1
	while read -r text; do
		grep -qF "| \`$text\` |" "$1" || return 1
	done <"$work/asserted"
}

another_sdk_is_found()
{
	sed '/the name of an event is/d' "$guide" >"$work/other.md"
	! sdk_is_in "$work/other.md"
}

# Calls in the files given that refuse something in words of their own.
own_words()
{
	# shellcheck disable=SC2016 # these are perl's
	perl -0777 -ne '
		my $call = qr/(\((?:[^()"]|"(?:[^"\\]|\\.)*"|(?-1))*\))/;
		while (/\b(?:dio_status_set|dio_status_busy|sx_say|sx_pass_fail|fail|refuse|wrong)$call/g) {
			my $args = $1;
			my $text = join "", $args =~ /"((?:[^"\\]|\\.)*)"/g;
			$text =~ s/%[-0-9.*]*(?:ll|l|z)?[a-zA-Z]//g;
			next if $text !~ /[a-z]{2,} [a-z(]{2,}/i;
			$args =~ s/\s+/ /g;
			print "$ARGV: $args\n";
		}' "$@" | grep -vE "$but" || :
}

# The audit's words are of objects that no compiler makes; the others have a usage.
refusing()
{
	find "$top/safexd" -maxdepth 1 -name 'sx_*.c' ! -name '*testing*' |
		grep -vE '/sx_(audit|btf|main|rpc|deploy|bench)\.c$'
}

no_own_words()
{
	local files

	mapfile -t files < <(refusing)
	[ "${#files[@]}" -gt 40 ]
	own_words "${files[@]}" >"$work/own"
	cat "$work/own"
	[ ! -s "$work/own" ]
}

own_words_are_found()
{
	echo 'int f(void) { return fail(p, 1, "this is not allowed"); }' >"$work/one.c"
	[ -n "$(own_words "$work/one.c")" ]
}

another_table_is_found()
{
	sed 's/"use switch"/"use if"/' "$top/safexd/sx_refusals.h" >"$work/other.h"
	! tables_are_in "$work/other.h" "$guide"
}

[ "${1:-}" != --write ] || { write; exit; }
verdict "the guide's tables are those of the headers" \
	tables_are_in "$top/safexd/sx_refusals.h" "$guide"
verdict "another table is found" another_table_is_found
verdict "what the SDK has the compiler say is there" sdk_is_in "$guide"
verdict "what is not there is found" another_sdk_is_found
verdict "nothing is refused in other words" no_own_words
verdict "other words are found" own_words_are_found
tap_end
