#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernel.sh BUILD
#
# Prepares Debian's newest 6.12 cloud kernel under BUILD/kernel, without
# installing it (no root needed):
#   release      the kernel's release string, as of uname -r
#   vmlinuz      signed image
#   modules      /lib/modules/RELEASE, with modules.dep
#   headers      tree for `make -C BUILD/kernel/headers M=...`
#   source       the parts of linux-source-6.12 that libbpf is built from
# All are symbolic links into BUILD/kernel/VERSION, so a newer version in the
# registry is unpacked beside the old one and then takes its place.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

source_parts=(tools/lib tools/include tools/scripts tools/build tools/arch
	scripts/bpf_doc.py include/uapi arch/x86/include/uapi)

# Newest signed cloud image of the 6.12 series that the registry has.
newest_image()
{
	apt-cache search --names-only \
		'^linux-image-6\.12\.[0-9]+[^ ]*-cloud-amd64$' |
		sed 's/ .*//' | sort -V | tail -n 1
}

candidate()
{
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1
}

# Lists may be empty on a fresh machine or older than the mirror.
update_lists()
{
	[ "$(id -u)" -eq 0 ] ||
		die "cannot fetch the kernel; as root: apt-get update"
	step "updating package lists" "$logs/apt-update.log" apt-get -q update
}

download_as_user()
{
	(cd "$debs" && apt-get -q -o APT::Sandbox::User=root download "$@")
}

download()
{
	step "downloading $1" "$logs/download.log" download_as_user "$@" ||
		{ update_lists && step "downloading $1 again" \
			"$logs/download.log" download_as_user "$@"; }
}

unpack_debs()
{
	local d

	for d in "$debs"/*.deb; do
		case $d in
		*/linux-source-*) ;;
		*) dpkg -x "$d" "$tree/root" ;;
		esac
	done
}

# The header package is made for /usr/src and has that path in one Makefile.
# Done on every call, so that a moved build directory goes on working.
relocate_headers()
{
	local src=$final/root/usr/src

	printf 'include %s/linux-headers-%s-common/Makefile\n' \
		"$src" "${release%-cloud-amd64}" |
		write_if_changed "$src/linux-headers-$release/Makefile"
}

write_if_changed()
{
	local text

	text=$(cat)
	[ "$(cat "$1")" = "$text" ] || printf '%s\n' "$text" >"$1"
}

unpack_source()
{
	local parts=("${source_parts[@]/#/linux-source-6.12/}")

	mkdir -p "$tree/source"
	dpkg-deb --fsys-tarfile "$debs"/linux-source-6.12_*.deb |
		tar -xO ./usr/src/linux-source-6.12.tar.xz |
		xz -dc -T0 |
		tar -x -C "$tree/source" --strip-components=1 "${parts[@]}"
}

publish()
{
	printf '%s\n' "$release" >"$tree/release"
	rm -rf "$final"
	mv "$tree" "$final"
}

link_current()
{
	local dir=$1

	(cd "$kernel" &&
		ln -sfn "$dir/release" release &&
		ln -sfn "$dir/root/boot/vmlinuz-$release" vmlinuz &&
		ln -sfn "$dir/root/lib/modules/$release" modules &&
		ln -sfn "$dir/root/usr/src/linux-headers-$release" headers &&
		ln -sfn "$dir/source" source)
}

fetch()
{
	local common=${release%-cloud-amd64}

	tree=$kernel/.new debs=$kernel/debs
	rm -rf "$tree"
	mkdir -p "$tree/root" "$debs"
	rm -f "$debs"/linux-image-* "$debs"/linux-headers-* "$debs"/linux-kbuild-*
	download "linux-image-$release" "linux-headers-$release" \
		"linux-headers-$common-common" "linux-kbuild-$common"
	compgen -G "$debs/linux-source-6.12_${version//:/%3a}_*.deb" >/dev/null ||
		{ rm -f "$debs"/linux-source-*; download linux-source-6.12; }
	step "unpacking the kernel" "$logs/unpack.log" unpack_debs
	step "unpacking parts of linux-source-6.12" "$logs/unpack-source.log" \
		unpack_source
	/sbin/depmod -b "$tree/root" "$release"
	publish
	# patched-kernel.sh goes on with the source.
	rm -f "$debs"/linux-{image,headers,kbuild}-*
}

main()
{
	local image

	[ $# -eq 1 ] || die "usage: kernel.sh BUILD"
	mkdir -p "$1/kernel" "$1/log"
	kernel=$(cd "$1/kernel" && pwd) logs=$(cd "$1/log" && pwd)
	image=$(newest_image)
	if [ -z "$image" ]; then
		update_lists
		image=$(newest_image)
	fi
	[ -n "$image" ] || die "the registry has no linux-image-6.12*-cloud-amd64"
	release=${image#linux-image-}
	version=$(candidate linux-source-6.12)
	final=$kernel/$release
	[ -f "$final/release" ] || fetch
	relocate_headers
	link_current "$release"
}

main "$@"
