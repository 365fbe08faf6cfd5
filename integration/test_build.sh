#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What configure and make are told in the README does what it says there. Run by
# `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$top/integration/tap.sh"

# Kernel and libbpf are named from the build directory, and used from others.
directories()
{
	mkdir -p "$work/build/headers" "$work/build/libbpf"
	touch "$work/build/headers/Module.symvers" "$work/build/libbpf/libbpf.a"
	(cd "$work/build" && "$top/configure" -q --with-libbpf=libbpf --with-kernel-headers=headers >/dev/null)
	grep -qx "KERNEL_HEADERS = $work/build/headers" "$work/build/Makefile" &&
		grep -qx "with_libbpf = $work/build/libbpf" "$work/build/Makefile"
}

# Of every kernel that it was installed for; and it is said what stays.
uninstalls()
{
	local dir

	for dir in 6.12.1/updates 6.17.2/updates; do
		mkdir -p "$work/lib/modules/$dir"
		touch "$work/lib/modules/$dir/safex.ko.xz" "$work/lib/modules/$dir/other.ko.xz"
	done
	make -s uninstall-module DESTDIR="$work" >"$work/said"
	[ "$(find "$work" -name '*.ko.xz' -printf '%f\n' | sort -u)" = other.ko.xz ] &&
		[ "$(grep -c '^removed: ' "$work/said")" -eq 2 ] &&
		grep -q '^left: .*/lib/dionisys' "$work/said"
}

verdict "directories given to configure" directories
verdict "make uninstall and the module" uninstalls
tap_end
