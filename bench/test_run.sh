#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Test of bench/run with groups that measure nothing: the form of its results,
# and that a group that fails leaves no figure.
# shellcheck disable=SC2317 # functions are called by verdict

set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$here/../integration/tap.sh"

group()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bench/$1.sh"
	chmod +x "$work/bench/$1.sh"
}

run()
{
	DIONISYS_BUILD=$work/build "$work/bench/run" "$@" >"$work/out" 2>"$work/err"
}

refused()
{
	! "$@"
}

mkdir -p "$work/bench" "$work/integration"
cp "$here/run" "$work/bench/"
cp "$here/../integration/lib.sh" "$work/integration/"
# shellcheck disable=SC2016 # the group's variables
group good 'echo "cost 12.5 instructions one \"way\" of it" >"$2"'
# shellcheck disable=SC2016 # the group's variables
group bad 'echo "cost 0 instructions never" >"$2"; exit 1'
group none ':'

cat >"$work/want" <<'E2'
{
  "good.cost": {"value": 12.5, "unit": "instructions", "how": "one \"way\" of it"}
}
E2

verdict "a group runs" run good
verdict "its figures are in the file" cmp "$work/want" "$work/build/bench/results.json"
verdict "and in a table" grep -q '^good.cost  *12.5 instructions *one "way" of it$' "$work/out"
verdict "a group that fails is a failure" refused run good bad
verdict "which is named" grep -q 'group bad could not run' "$work/err"
verdict "and has no figure" cmp "$work/want" "$work/build/bench/results.json"
verdict "nor has one without any" refused run none
verdict "and nothing old stays" test ! -e "$work/build/bench/results.json"
verdict "there is no other group" refused run other
verdict "and those that are there are named" grep -q 'no group other.*bad good none' "$work/err"
tap_end
