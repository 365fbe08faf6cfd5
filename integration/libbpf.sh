#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: libbpf.sh BUILD
#
# Builds the static libbpf 1.5 of linux-source-6.12 into BUILD/libbpf
# (libbpf.a, usr/include/bpf), from BUILD/kernel/source (see kernel.sh).
# Debian 12's own libbpf 1.1 cannot load struct_ops of a module.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

build()
{
	rm -rf "$out"
	mkdir -p "$out"
	make -C "$source/tools/lib/bpf" BUILD_STATIC_ONLY=1 OUTPUT="$out/" \
		DESTDIR="$out" prefix=/usr libdir=/usr/lib \
		install_headers "$out/libbpf.a"
}

main()
{
	local stamp

	[ $# -eq 1 ] || die "usage: libbpf.sh BUILD"
	[ -d "$1/kernel/source/tools/lib/bpf" ] || die "run kernel.sh $1 first"
	source=$(cd "$1/kernel/source" && pwd -P)
	out=$(cd "$1" && pwd)/libbpf
	stamp=$(readlink -f "$1/kernel/source")
	if [ -f "$out/libbpf.a" ] && [ "$(cat "$out/.from" 2>/dev/null)" = "$stamp" ]; then
		return 0
	fi
	step "building libbpf" "$1/log/libbpf.log" build
	printf '%s\n' "$stamp" >"$out/.from"
}

main "$@"
