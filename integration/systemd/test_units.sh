#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The units agree with the programs that they start, and systemd takes them.
# Run by `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
units=integration/systemd
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-units.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$source/../tap.sh"

# help_names PROGRAM PREFIX: what its --help has in brackets with this prefix.
help_names()
{
	"./$1" --help | sed -n "s|.*(\($2[^)]*\)).*|\1|p"
}

# Where safexd keeps sockets and objects, the unit lets it write and
# tmpfiles.d has made a directory.
safexd_directories()
{
	local dir found=0

	for dir in $(help_names safexd/safexd /); do
		found=$((found + 1))
		echo "$dir"
		grep -qE "^ReadWritePaths=(.* )?$dir( |\$)" "$units/safexd.service" ||
			return 1
		grep -qE "^d $dir +0[0-7]+ safexd safexd\$" \
			"$units/tmpfiles.d/dionisys.conf" || return 1
	done
	[ "$found" -eq 2 ]
}

nameserver_directories()
{
	./dionisys-nameserver --help | grep -F "(/var/lib/$(setting StateDirectory)/" &&
		./dionisys-nameserver --help | grep -F "(unix:/run/$(setting RuntimeDirectory)/"
}

setting()
{
	sed -n "s/^$1=//p" "$units/dionisys-nameserver.service"
}

nameserver_finds_safexd()
{
	local run

	run=$(help_names safexd/safexd / | head -n 1)
	./dionisys-nameserver --help | grep -F "(local=unix:$run/control)"
}

users()
{
	local user

	for user in $(setting User) safexd safexd-loader; do
		echo "$user"
		grep -qE "^u $user " "$source/sysusers.d/dionisys.conf" || return 1
	done
	./dionisys-nameserver --help | grep -F "($(setting User))"
}

# The programs need not be installed for this: copies name those of the build.
verify()
{
	local unit

	for unit in dionisys-nameserver safexd; do
		sed "s|^ExecStart=.*|ExecStart=/bin/true|;/^Documentation/d" \
			"$units/$unit.service" >"$work/$unit.service"
	done
	systemd-analyze verify --man=no --recursive-errors=no \
		"$work"/*.service >"$work/verify" 2>&1 || :
	cat "$work/verify"
	! grep -E 'dionisys-nameserver|safexd' "$work/verify"
}

if grep -q '^ReadWritePaths=/run/safexd /var/cache/safexd$' "$units/safexd.service"; then
	verdict "safexd's directories" safexd_directories
	verdict "the nameserver's directories" nameserver_directories
else
	skip "directories" "configured for others than systemd's"
fi
verdict "the nameserver finds safexd" nameserver_finds_safexd
verdict "users" users
if command -v systemd-analyze >/dev/null; then
	verdict "systemd-analyze verify" verify
else
	skip "systemd-analyze verify" "no systemd-analyze"
fi
tap_end
