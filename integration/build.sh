#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: build.sh BUILD
#
# From a fresh checkout to what runs in the VM: packages, kernel, libbpf,
# ./configure, make, safex.ko, an installed tree in BUILD/dest and the VM's
# root image of it. Each step does only what has changed since the last time.
# Logs are in BUILD/log. With CI=true warnings are errors.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

configure_tree()
{
	cd "$build" && "$top/configure" "$@"
}

# Again when the options are others than last time; the stamp is written last.
configure()
{
	local options=(--prefix=/usr --sysconfdir=/etc --localstatedir=/var
		--runstatedir=/run --with-libbpf="$build/libbpf"
		--with-kernel-headers="$build/kernel/headers")

	[ "${CI:-}" != true ] || options+=(--enable-werror)
	if [ -f "$build/Makefile" ] &&
	   [ "${options[*]}" = "$(cat "$build/configured" 2>/dev/null)" ]; then
		return 0
	fi
	step "configuring" "$logs/configure.log" configure_tree "${options[@]}"
	printf '%s\n' "${options[*]}" >"$build/configured"
}

install_tree()
{
	rm -rf "$build/dest"
	make -C "$build" install DESTDIR="$build/dest"
	find "$build/dest" -name '*.la' -delete
}

# The debugging sections are most of the module; the verifier needs .BTF only.
make_module()
{
	make -C "$build" module
	strip --strip-debug -o "$build/safex.ko" "$build/module/safex.ko"
}

make_programs()
{
	make_parallel -C "$build"
}

main()
{
	[ $# -eq 1 ] || die "usage: build.sh BUILD"
	mkdir -p "$1/log"
	top=$(cd "$here/.." && pwd) build=$(cd "$1" && pwd) logs=$1/log
	"$here/install-packages.sh" "$logs/packages.log"
	"$here/kernel.sh" "$build"
	"$here/libbpf.sh" "$build"
	[ -x "$top/configure" ] ||
		step "making ./configure" "$logs/autogen.log" "$top/autogen.sh"
	configure
	step "building programs" "$logs/make.log" make_programs
	step "building safex.ko" "$logs/module.log" make_module
	step "installing into ${1%/}/dest" "$logs/install.log" install_tree
	"$here/qemu/mkimage.sh" "$build" "$build/dest"
}

main "$@"
