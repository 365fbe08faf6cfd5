#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an author sees of safexcc. Run by `make check` in the build directory;
# with --record the texts of explained/ are written anew.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
src=$(cd "$(dirname "$0")" && pwd)
safexcc=$PWD/safexcc
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-safexcc.XXXXXX")
trap 'rm -rf "$work"' EXIT
export DIONISYS_SDK=$src/sdk
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$src/../integration/tap.sh"

# says CODE TEXT ARGUMENTS...
says()
{
	local code=$1 text=$2 rc=0

	shift 2
	"$safexcc" "$@" >"$work/out" 2>&1 || rc=$?
	cat "$work/out"
	[ "$rc" -eq "$code" ] && grep -qF -- "$text" "$work/out"
}

explains()
{
	(cd "$src/explained" && "$safexcc" --explain "$1.c") >"$work/out"
	diff "$src/explained/$1.txt" "$work/out"
}

narrow()
{
	! grep -nE '^.{81,}' "$src"/explained/*.txt && ! grep -n $'\033' "$src"/explained/*.txt
}

if [ "${1:-}" = --record ]; then
	cd "$src/explained"
	for file in *.c; do
		"$safexcc" --explain "$file" >"${file%.c}.txt"
	done
	exit
fi

both='#include <safex/extension.h>
void monitor(void) { raise_event("a", 1); }
void handler(event ev) { }'
echo "$both" >"$work/both.c"
printf '#include <safex/extension.h>\n// void monitor(void) {}\nvoid monitor(void);\n' >"$work/none.c"
printf '#include <safex/extension.h>\n#define BODY \\\n { handler(e) {\nvoid /* a */ monitor\n(void)\n{\n\tx;\n}\n' \
	>"$work/odd.c"
printf '#ifdef __cplusplus\nextern "C" {\n#endif\n#include <safex/extension.h>\nvoid monitor(void) { raise_event("A", 1); }\n#ifdef __cplusplus\n}\n#endif\n' >"$work/guarded.c"
printf '#include <safex/extension.h>\n#if 1\ns64 two(void) {\n#else\ns64 two(s64 n) {\n#endif\nreturn 2; }\nvoid handler(event ev) { }\n' \
	>"$work/branches.c"
printf '#include <safex/extension.h>\n#if 0\nvoid handler(event ev) { }\n#endif\nvoid monitor(void) { }\n' >"$work/left-out.c"
printf '#define ROLE(name) void name(void)\n#include <safex/manager.h>\nROLE(manager) { }\n' >"$work/macro.c"
printf '#include <safex/extension.h>\n#error not now\nvoid monitor(void) { }\n' >"$work/error.c"
echo '#include <safex/extension.h>
void monitor(void) { raise_event("a", 1); }' >"$work/fine.c"
echo '#include <safex/extension.h>
void handler(event ev) { }' >"$work/second.c"
long=$(printf 'd%.0s' {1..120})
steers=$(printf 'a\033[2Jb\302\233c\300\200d.c')
mkdir "$work/$long"
for file in "régler; 50%#.c" "$long/bad.c" "$steers"; do
	printf '#include <safex/extension.h>\nvoid monitor(void) { (x); }\n' >"$work/$file"
done
: >"$work/empty.c"
head -c 300000 /dev/zero | tr '\0' ' ' >"$work/large.c"
verdict "the role is seen: monitor" says 0 "good as a monitor; gets target_cpu actual_cpu" \
	"$src/../examples/pid/monitor.c"
verdict "the role is seen: handler" says 0 "sets timeslice-adjustment" "$src/../examples/pid/handler.c"
verdict "the role is seen: manager" says 0 "good as a service manager with 17 attributes" \
	"$src/managers/cpu.c"
verdict "the role is seen among odd words" says 1 "odd.c:7:2: error: use of undeclared identifier 'x'" \
	"$work/odd.c"
verdict "two roles are one too many" says 1 "defines more than one of" "$work/both.c"
verdict "a role within a condition" says 0 "good as a monitor" "$work/guarded.c"
verdict "a role with a brace in each branch" says 0 "good as a handler" "$work/branches.c"
verdict "a role that is left out" says 0 "good as a monitor" "$work/left-out.c"
verdict "a role by a macro" says 0 "good as a service manager" "$work/macro.c"
verdict "what keeps the role from being seen" says 1 "error.c:2:2: error: not now" "$work/error.c"
verdict "either is what it is said to be" says 0 "good as a handler" handler "$work/both.c"
verdict "no role" says 1 "defines none of monitor(), handler(), manager()" "$work/none.c"
verdict "no such file" says 1 "absent.c: No such file" "$work/absent.c"
printf '#include <safex/extension.h>\nvoid handler(event ev) { if (ev.name == "A") set_attribute("timeslice-adjustment", 1); }\n' >"$work/doubt.c"
verdict "a warning is no error" says 0 "good as a handler" "$work/doubt.c"
verdict "a warning is shown" says 0 "doubt.c:2:38: warning: comparison between pointer and integer" \
	"$work/doubt.c"
verdict "a file of no bytes, whatever it would be" says 1 "empty.c: source of 0 bytes; 1 to 262144 are allowed" \
	"$work/empty.c"
verdict "a file above the limit, whatever it would be" says 1 \
	"large.c: source of 262145 bytes; 1 to 262144 are allowed" "$work/large.c"
verdict "several files: one of them is good" says 1 "fine.c: good as a monitor" "$work/none.c" "$work/fine.c"
verdict "several files: one of them is bad" says 1 "defines none of" "$work/fine.c" "$work/none.c"
verdict "several files: all are good" says 0 "both.c: good as a handler" handler "$work/second.c" "$work/both.c"
verdict "several files, and one object" says 2 "an object is of one FILE, and not also of b.c" -o x a.c b.c
verdict "a name that no editor could follow if it were told otherwise" says 1 \
	"$work/régler; 50%#.c:2:23: error: use of undeclared identifier 'x'" "$work/régler; 50%#.c"
verdict "a long name" says 1 "$work/$long/bad.c:2:23: error" "$work/$long/bad.c"
verdict "a name that would steer the terminal" says 1 "/a?[2Jb?c??d.c:2:23: error" "$work/$steers"
verdict "standard input" says 1 "<stdin>:2:23: error" - <"$work/$long/bad.c"
verdict "standard input that is good" says 0 "<stdin>: good as a monitor" monitor - <"$work/fine.c"
verdict "names of attributes" says 2 "letters, digits and _ . - after a letter or digit, 31 at most, and not bad name" \
	-a "bad name" "$work/fine.c"
verdict "an attribute twice" says 2 "given twice: attribute level" -a level -a level "$work/fine.c"
verdict "no file" says 2 "a FILE is missing"
verdict "another option" says 2 "Try 'safexcc --help'" --frobnicate
verdict "attributes of another manager" says 1 'attribute "actual_cpu" does not exist; the class has: level, ticks' \
	-m "$src/explained/level.c" "$src/../examples/pid/monitor.c"
verdict "what runs beside a monitor's source" explains mean
verdict "the guard beside a manager's declarations" explains level
verdict "80 columns, no colours" narrow
tap_end
