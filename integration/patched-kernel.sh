#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: patched-kernel.sh [--debug] BUILD
#
# Builds the kernel of kernel-patch/KERNEL with the series of
# kernel-patch/patches, trimmed to what the VM needs, under BUILD/patched
# (with --debug and the kernel's own checkers: BUILD/debug):
#   release, vmlinuz, headers    as kernel.sh makes them
#   safex.ko, selftests          the module and its tests, for this kernel
#   gauge/gauge.ko               what measures it, see bench/gauge
# run.sh --kernel BUILD/patched boots it. All that the VM needs is built in,
# so there are no other modules. BUILD is as build.sh leaves it; the kernel is
# built only when KERNEL, the patches, the configuration or the compiler have
# changed; one that was interrupted goes on where it stopped.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"
top=$(cd "$here/.." && pwd)
patch=$top/kernel-patch

wanted()
{
	sed -n "s/^$1 //p" "$patch/KERNEL"
}

series()
{
	(cd "$patch/patches" && cat series && xargs cat <series)
}

source_digest()
{
	{ cat "$patch/KERNEL"; series; } | sha256sum | cut -d ' ' -f 1
}

# What is in the image, and by what.
image_digest()
{
	{
		source_digest
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
	for deb in "$build/kernel/debs/$name" "$dir/$name"; do
		[ ! -f "$deb" ] || return 0
	done
	step "downloading $package $version" "$logs/$variant-download.log" \
		download "$package=$version" ||
		die "no $package $version: kernel-patch/KERNEL names the version" \
			"that the patches are for"
}

download()
{
	(cd "$dir" && apt-get -q -o APT::Sandbox::User=root download "$1")
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
	make -C "$tree" -j "$(nproc)" LOCALVERSION= KBUILD_BUILD_USER=dionisys \
		KBUILD_BUILD_HOST=vm "$@"
}

configure()
{
	local line

	cat "${fragments[@]}" >"$dir/fragment"
	kernel_make KCONFIG_ALLCONFIG="$dir/fragment" allnoconfig
	while read -r line; do
		grep -qxF "$line" "$tree/.config" || {
			echo "has no effect: $line"
			return 1
		}
	done < <(grep '^CONFIG_' "$dir/fragment")
}

# modules: there are none, but it makes Module.symvers, which safex.ko needs.
build_kernel()
{
	kernel_make bzImage modules
}

publish()
{
	local release

	release=$(make -s -C "$tree" LOCALVERSION= kernelrelease)
	printf '%s\n' "$release" >"$dir/release"
	(cd "$dir" && ln -sfn tree/arch/x86/boot/bzImage vmlinuz &&
		ln -sfn tree headers)
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
	make -C "$patch/selftests" O="$dir/selftests" LIBBPF="$build/libbpf" \
		SAFEXCC="$build/safexcc" SAFEXCC_FLAGS=--timed
}

# Types of a module are numbered after those of the image, which come in
# another order with each link: modules are made anew.
make_image()
{
	local digest

	rm -rf "$dir/module" "$dir/gauge"
	digest=$(source_digest)
	unchanged "$dir/source-digest" "$digest" || {
		rm -f "$dir/source-digest"
		find_source
		step "unpacking and patching linux $(wanted release)" \
			"$logs/$variant-unpack.log" unpack
		printf '%s\n' "$digest" >"$dir/source-digest"
	}
	step "configuring the $variant kernel" "$logs/$variant-config.log" configure
	step_count='^  (CC|AS|LD|AR) ' step_of=$objects \
		step "building the $variant kernel" "$logs/$variant-build.log" \
		build_kernel
	publish
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
	dir=$build/$variant tree=$dir/tree logs=$build/log
	digest=$(image_digest)
	unchanged "$dir/digest" "$digest" || {
		rm -f "$dir/digest"
		make_image
		printf '%s\n' "$digest" >"$dir/digest"
	}
	step "building safex.ko for the $variant kernel" \
		"$logs/$variant-module.log" build_module
	step "building its tests" "$logs/$variant-selftests.log" build_selftests
	step "building what measures it" "$logs/$variant-gauge.log" build_gauge
}

main "$@"
