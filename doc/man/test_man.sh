#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual pages have what the programs have, no more and no less, and are
# well-formed. Run by `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
pages=$(cd "$(dirname "$0")" && pwd)
map=$pages/../../libdionisys/dionisys.map
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-man.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../../integration/tap.sh
. "$pages/../../integration/tap.sh"

same()
{
	sort -u "$1" >"$work/program"
	sort -u "$2" >"$work/page"
	[ -s "$work/program" ] && diff "$work/program" "$work/page"
}

# Of what --help says on stdin, the long options.
long_options()
{
	grep -oE -- '--[a-z][a-z-]*'
}

# Of pages on stdin, the long options that are named.
named()
{
	grep -oE 'Fl -[a-z-]+' | sed 's/^Fl /-/'
}

# Long options, from --help and from the page's tags.
options()
{
	local program=$1 page=$2

	"./$program" --help | long_options >"$work/has"
	grep -E '^\.It Fl' "$pages/$page" |
		grep -oE '(Fl |, )-[a-z-]+' | sed 's/^[^-]*/-/' >"$work/says"
	same "$work/has" "$work/says"
}

# The same of the page's synopsis.
synopsis()
{
	local program=$1 page=$2

	"./$program" --help | long_options >"$work/has"
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$pages/$page" | named >"$work/says"
	same "$work/has" "$work/says"
}

# What a page names in passing is there, too, in one of the programs.
mentions()
{
	{
		./dionisys-nameserver --help
		safexd/safexd --help
		echo --help --version
		sed -n 's/^\.It Fl \(-[a-z-]*\).*Fl \(-[a-z-]*\).*/-\1 -\2/p
			s/^\.It Fl \(-[a-z-]*\).*/-\1/p' "$pages/dionisysctl.1"
	} | long_options | sort -u >"$work/has"
	cat "$pages"/*.[1378] | named | sort -u >"$work/says"
	[ -s "$work/says" ] && [ -z "$(comm -13 "$work/has" "$work/says" | tee /dev/stderr)" ]
}

# Without configuration there is one host, and it is called so.
hosts()
{
	! grep -nE -- '--host [a-z0-9]+' "$pages"/*.[1378] | grep -v -- '--host local'
}

commands()
{
	dionisysctl/dionisysctl --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' >"$work/has"
	sed -n 's/^\.It Cm \([a-z-]*\).*/\1/p' "$pages/dionisysctl.1" >"$work/says"
	same "$work/has" "$work/says"
}

calls()
{
	grep -oE '\<D[A-Za-z]+;' "$map" | tr -d ';' >"$work/has"
	grep -oE '(Fn|Fo) D[A-Za-z]+' "$pages/dionisys.3" | sed 's/.* //' >"$work/says"
	same "$work/has" "$work/says"
}

# Attributes of the CPU manager with their units, in the order of the source.
attributes()
{
	sed -n 's/^attribute("\([^"]*\)", .unit = "\([^"]*\)".*/\1 \2/p; t
		s/^attribute("\([^"]*\)".*/\1/p' "$pages/../../safexd/managers/cpu.c" >"$work/has"
	sed -n 's/^\.It Va \([^ ]*\) Pq \(.*\)/\1 \2/p; t
		s/^\.It Va \([^ ]*\)$/\1/p' "$pages/dionisys-cpu.7" >"$work/says"
	same "$work/has" "$work/says"
}

# Errors with their numbers and what is meant.
errors()
{
	sed -n 's/^\tX(\([A-Z_]*\),[[:space:]]*\([0-9]*\),[[:space:]]*"\(.*\)").*/\2 \1 \3/p' \
		"$pages/../../common/dio_error.h" | grep -v '^0 ' >"$work/has"
	awk '/^\.It .* Dv DIO_E_/ { n = $2; sub("DIO_E_", "", $4); getline text; print n, $4, text }' \
		"$pages/dionisys.3" >"$work/says"
	same "$work/has" "$work/says"
}

# References to other systems' pages cannot be checked, hence no style level.
lint()
{
	mandoc -Tlint -W warning "$pages"/*.[1378]
}

roff()
{
	local page

	: >"$work/roff"
	for page in "$pages"/*.[1378]; do
		LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" \
			2>>"$work/roff" >/dev/null
	done
	cat "$work/roff"
	[ ! -s "$work/roff" ]
}

verdict "options of dionisys-nameserver" options dionisys-nameserver dionisys-nameserver.8
verdict "options of safexd" options safexd/safexd safexd.8
verdict "options of safexcc" options safexcc safexcc.1
verdict "synopsis of dionisys-nameserver" synopsis dionisys-nameserver dionisys-nameserver.8
verdict "synopsis of safexd" synopsis safexd/safexd safexd.8
verdict "options that are named" mentions
verdict "hosts of examples" hosts
verdict "commands of dionisysctl" commands
verdict "calls of the library" calls
verdict "errors of the library" errors
verdict "attributes of the CPU manager" attributes
for tool in mandoc:lint man:roff; do
	if command -v "${tool%:*}" >/dev/null; then
		verdict "${tool%:*} takes the pages" "${tool#*:}"
	else
		skip "${tool%:*} takes the pages" "not installed"
	fi
done
tap_end
