#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: patched-kernel.sh [--debug] BUILD
#
# The kernel of kernel-patch/KERNEL with the series of kernel-patch/patches,
# trimmed to what the VM needs, as BUILD/patched (with --debug and the kernel's
# own checkers: BUILD/debug):
#   release, vmlinuz, headers    as kernel.sh makes them
#   tree                         where it was built; nobody else writes there
#   safex.ko, selftests          the module and its tests, for this kernel
#   gauge/gauge.ko               what measures it, see bench/gauge
# run.sh --kernel BUILD/patched boots it. All that the VM needs is built in,
# so there are no other modules. BUILD is as build.sh leaves it.
# The tree is kept outside of BUILD, by the digest of KERNEL, the patches, the
# configuration and the compiler, for all builds of this user: in
# $DIONISYS_CACHE, by default $XDG_CACHE_HOME/dionisys or ~/.cache/dionisys.
# One that was interrupted goes on where it stopped; what nobody has used for
# two weeks is removed.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"
top=$(cd "$here/.." && pwd)
patch=$top/kernel-patch
cache=${DIONISYS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/dionisys}/kernel
unused_days=14

wanted()
{
	sed -n "s/^$1 //p" "$patch/KERNEL"
}

series()
{
	(cd "$patch/patches" && cat series && xargs cat <series)
}

# What is in the image, and by what.
image_digest()
{
	{
		cat "$patch/KERNEL"
		series
		cat "${fragments[@]}"
		gcc --version
		pahole --version
	} | sha256sum | cut -d ' ' -f 1
}

unchanged()
{
	[ "$(cat "$1" 2>/dev/null)" = "$2" ]
}

# The archive that kernel.sh took, or the same version from the registry.
find_source()
{
	local package version name

	package=$(wanted package) version=$(wanted version)
	name=${package}_${version//:/%3a}_all.deb
	for deb in "$build/kernel/debs/$name" "$kernel/$name"; do
		[ ! -f "$deb" ] || return 0
	done
	step "downloading $package $version" "$logs/$variant-download.log" \
		download "$package=$version" ||
		die "no $package $version: kernel-patch/KERNEL names the version" \
			"that the patches are for"
}

download()
{
	(cd "$kernel" && apt-get -q -o APT::Sandbox::User=root download "$1")
}

unpack()
{
	rm -rf "$tree"
	mkdir -p "$tree"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO "./usr/src/$(wanted package).tar.xz" |
		xz -dc -T0 |
		tar -x -C "$tree" --strip-components=1
	"$patch/apply.sh" "$tree"
}

# Not part of a repository, whatever directory BUILD is in: no "+" in the name.
kernel_make()
{
	make_parallel -C "$tree" LOCALVERSION= KBUILD_BUILD_USER=dionisys \
		KBUILD_BUILD_HOST=vm "$@"
}

configure()
{
	local line

	cat "${fragments[@]}" >"$kernel/fragment"
	kernel_make KCONFIG_ALLCONFIG="$kernel/fragment" allnoconfig
	while read -r line; do
		grep -qxF "$line" "$tree/.config" || {
			echo "has no effect: $line"
			return 1
		}
	done < <(grep '^CONFIG_' "$kernel/fragment")
}

# modules: there are none, but it makes Module.symvers, which safex.ko needs.
build_kernel()
{
	kernel_make bzImage modules
}

# Types of a module are numbered after those of the image: with another image
# modules are made anew.
link_kernel()
{
	unchanged "$dir/digest" "$1" || rm -rf "$dir/module" "$dir/gauge" "$dir/digest"
	make -s -C "$tree" LOCALVERSION= kernelrelease >"$dir/release"
	(cd "$dir" && ln -sfn "$tree" tree && ln -sfn tree headers &&
		ln -sfn tree/arch/x86/boot/bzImage vmlinuz)
	printf '%s\n' "$1" >"$dir/digest"
}

# The debugging sections are most of the module; the verifier needs .BTF only.
build_module()
{
	make -C "$patch/safex" KDIR="$tree" BUILD="$dir/module" module
	strip --strip-debug -o "$dir/safex.ko" "$dir/module/safex.ko"
}

build_gauge()
{
	make -C "$top/bench/gauge" KDIR="$tree" BUILD="$dir/gauge"
}

# Loops are left to the kernel, which is what these tests are about.
build_selftests()
{
	make_parallel -C "$patch/selftests" O="$dir/selftests" LIBBPF="$build/libbpf" \
		SAFEXCC="$build/safexcc" SAFEXCC_FLAGS=--timed
}

make_image()
{
	if [ ! -f "$kernel/unpacked" ]; then
		find_source
		step "unpacking and patching linux $(wanted release)" \
			"$logs/$variant-unpack.log" unpack
		rm -f "$kernel/$(wanted package)"_*.deb
		: >"$kernel/unpacked"
	fi
	step "configuring the $variant kernel" "$logs/$variant-config.log" configure
	step_count='^  (CC|AS|LD|AR) ' step_of=$objects \
		step "building the $variant kernel" "$logs/$variant-build.log" \
		build_kernel
	: >"$kernel/complete"
}

# One builds, others wait for it.
find_or_make_image()
{
	local lock

	mkdir -p "$kernel"
	exec {lock}>"$kernel/lock"
	flock -n "$lock" || step "waiting for who builds this kernel" \
		"$logs/$variant-lock.log" flock "$lock"
	[ -f "$kernel/complete" ] || make_image
	touch "$kernel/lock"
	exec {lock}>&-
}

# Each entry's lock is touched whenever it is used.
remove_unused()
{
	local lock

	find "$cache" -mindepth 2 -maxdepth 2 -name lock -mtime "+$unused_days" |
		while read -r lock; do
			flock -n "$lock" rm -rf "${lock%/lock}"
		done
}

main()
{
	local digest

	variant=patched fragments=("$patch/config/vm.config") objects=1900
	if [ "${1:-}" = --debug ]; then
		variant=debug fragments+=("$patch/config/debug.config")
		shift
	fi
	[ $# -eq 1 ] || die "usage: patched-kernel.sh [--debug] BUILD"
	mkdir -p "$1/$variant" "$1/log"
	build=$(cd "$1" && pwd)
	dir=$build/$variant logs=$build/log
	digest=$(image_digest)
	kernel=$cache/$variant-$digest tree=$kernel/tree
	find_or_make_image
	link_kernel "$digest"
	remove_unused
	step "building safex.ko for the $variant kernel" \
		"$logs/$variant-module.log" build_module
	step "building its tests" "$logs/$variant-selftests.log" build_selftests
	step "building what measures it" "$logs/$variant-gauge.log" build_gauge
}

main "$@"
