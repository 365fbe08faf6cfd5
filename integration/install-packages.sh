#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: install-packages.sh [LOG]
#
# Installs the packages of the file `packages` beside this script that are
# missing, and says which. Without root it prints the one command that
# installs them and exits 1. When all are present nothing happens.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

wanted()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/packages"
}

# Exit status of dpkg-query is of no use here: it fails as soon as one of the
# packages is unknown, which is an expected answer.
installed()
{
	local names
	mapfile -t names < <(wanted)

	{ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" \
		2>/dev/null || :; } | sed -n 's/^installed //p'
}

missing()
{
	comm -23 <(wanted | sort -u) <(installed | sort -u)
}

# Package lists are fetched only when apt does not know a package.
need_update()
{
	local p

	for p in "$@"; do
		apt-cache show --no-all-versions "$p" >/dev/null 2>&1 || return 0
	done
	return 1
}

apt_get()
{
	DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@"
}

install_all()
{
	if need_update "$@"; then
		apt_get update
		apt_get install --no-install-recommends "$@"
	else
		# Lists that are too old name files the mirror has removed.
		apt_get install --no-install-recommends "$@" && return
		apt_get update
		apt_get install --no-install-recommends "$@"
	fi
}

main()
{
	local log=${1:-${TMPDIR:-/tmp}/dionisys-packages-$UID.log} list

	mapfile -t list < <(missing)
	[ ${#list[@]} -gt 0 ] || return 0
	say "missing Debian packages: ${list[*]}" | fold -s -w 78
	if [ "$(id -u)" -ne 0 ]; then
		say "Not root, so please have this run, then start again:"
		say "apt-get update && apt-get install --no-install-recommends -y" \
		    "${list[*]}"
		exit 1
	fi
	step "installing ${#list[@]} packages" "$log" install_all "${list[@]}"
}

main "$@"
