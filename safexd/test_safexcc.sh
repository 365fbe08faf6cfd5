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
verdict "the role is seen: monitor" says 0 "good as a monitor; gets target_cpu actual_cpu" \
	"$src/../examples/pid/monitor.c"
verdict "the role is seen: handler" says 0 "sets timeslice-adjustment" "$src/../examples/pid/handler.c"
verdict "the role is seen: manager" says 0 "good as a service manager with 16 attributes" \
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
verdict "two files" says 2 "one FILE at a time, and not also c" handler b c
verdict "another role" says 2 "a role is monitor, handler or manager, and not a" a b
verdict "no file" says 2 "a FILE is missing"
verdict "another option" says 2 "Try 'safexcc --help'" --frobnicate
verdict "attributes of another manager" says 1 'attribute "actual_cpu" does not exist; the class has: level, ticks' \
	-m "$src/explained/level.c" "$src/../examples/pid/monitor.c"
verdict "what runs beside a monitor's source" explains mean
verdict "the guard beside a manager's declarations" explains level
verdict "80 columns, no colours" narrow
tap_end
