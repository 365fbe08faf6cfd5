#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who calls dionisysctl wrongly is told what was wrong, on the last line. Run by
# `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-usage.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$source/../integration/tap.sh"

# wrong WORDS ARGUMENT...: exits with 2, and its last line has these words
wrong()
{
	local words=$1 rc=0

	shift
	dionisysctl/dionisysctl "$@" >"$work/out" 2>"$work/err" || rc=$?
	cat "$work/err"
	[ "$rc" -eq 2 ] && [ ! -s "$work/out" ] &&
		tail -n 1 "$work/err" | grep -F -e "$words"
}

# right WORDS ARGUMENT...: exits with 0, and says these words
right()
{
	local words=$1

	shift
	dionisysctl/dionisysctl "$@" | grep -F -e "$words"
}

verdict "no command" wrong "a command is missing"
verdict "another command" wrong 'no command "frobnicate"' frobnicate
verdict "an option for a command" wrong 'no command "--frobnicate"' --frobnicate
verdict "too few arguments" wrong "create-manager was given 1 arguments" create-manager cpu
verdict "too many arguments" wrong "status was given 2 arguments" status a b
verdict "another option" wrong "list has no option --frobnicate" list --frobnicate
verdict "an option without its value" wrong "list wants a value for -k" list -k
verdict "a process without its number" wrong "list wants a number behind --pid" list --pid
verdict "no descriptor" wrong 'hexadecimal digits, not "xyz"' end xyz
verdict "a check without its file" wrong "check wants a file" check
verdict "a check of another kind" wrong "before its file, not channel" check channel x.c
verdict "a check with another option" wrong "check has no option --frobnicate" check --frobnicate 1 x.c
verdict "a check of two files" wrong "more than one file: y.c" check monitor x.c y.c
verdict "an option of check without its value" wrong "a value behind the last option" check --host
verdict "another kind" wrong 'destroy has no kind "thing"' destroy thing x
verdict "one argument of a kind" wrong "destroy class was given 1 arguments" destroy class 1
verdict "help of a command" right "usage: dionisysctl list [-k KIND]" list --help
verdict "help" right "  status " --help
verdict "version" right "dionisysctl " --version
tap_end
