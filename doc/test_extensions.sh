#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guide's sources are good, and its safexcc commands print what it shows.
# Run by `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
src=$(cd "$(dirname "$0")" && pwd)
build=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-guide.XXXXXX")
trap 'rm -rf "$work"' EXIT
export DIONISYS_SDK=$src/../safexd/sdk PATH=$build:$PATH
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$src/../integration/tap.sh"

shown_is_said()
{
	(cd "$work" && sh "./$1.sh") >"$work/out"
	diff "$work/$1.out" "$work/out"
}

# Nor is there a warning.
is_good()
{
	safexcc "$@" 2>"$work/.said" && [ ! -s "$work/.said" ] || ! cat "$work/.said"
}

"$src/../integration/listings.sh" "$src/extensions.md" "$work" >"$work/.names"
for listing in "$work"/*.out; do
	name=$(basename "$listing" .out)
	verdict "what $name.sh prints" shown_is_said "$name"
done
for listing in "$work"/*.c; do
	case $(head -n 1 "$listing") in
	*safex/manager.h* | *safex/extension.h*)
		manager=()
		# Those for the guide's own manager name what the others do not have.
		! grep -qE '"nudge"' "$listing" || manager=(-m "$work/slice.c")
		verdict "$(basename "$listing") is good" \
			is_good "${manager[@]}" -a queue -a wanted -a tenths "$listing"
		;;
	esac
done
printf '%s\n' '```c' 'int x;' '```' >"$work/nameless.md"
verdict "a listing without a name is found" \
	sh -c "! '$src/../integration/listings.sh' '$work/nameless.md' '$work'"
tap_end
