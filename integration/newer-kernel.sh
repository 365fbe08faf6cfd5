#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: newer-kernel.sh BUILD
#
# The newest cloud kernel that Debian has for its stable release, which is newer
# than this machine's, as BUILD/newer; or another one: DIONISYS_NEWER is the
# beginning of its release, like 6.17:
#   release, vmlinuz, headers, modules    as kernel.sh makes them
#   initramfs                    with that kernel's modules
#   safex.ko, gauge/gauge.ko     built with its headers
# run.sh --kernel BUILD/newer boots it. BUILD is as build.sh leaves it. Nothing is
# installed: package lists, packages and the tools of the kernel's build, which
# run with libraries of their own release, are below BUILD/newer/root.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"
top=$(cd "$here/.." && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Where this machine's packages are from.
mirror()
{
	apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' \
		'Label: Debian' | head -n 1
}

# apt with lists of its own. As APT_CONFIG also for programs that it starts.
write_apt_config()
{
	local lists=$dir/apt uri

	uri=$(mirror)
	[ -n "$uri" ] || die "apt knows no mirror of Debian"
	mkdir -p "$lists"/{lists,cache,debs}
	: >"$lists/status"
	for suite in stable stable-backports; do
		printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$suite"
	done >"$lists/sources.list"
	cat >"$lists/apt.conf" <<-END
		Dir::Etc::sourcelist "$lists/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$lists/lists";
		Dir::State::status "$lists/status";
		Dir::Cache "$lists/cache";
		APT::Sandbox::User "root";
	END
	export APT_CONFIG=$lists/apt.conf debs=$lists/debs
}

# Its headers may have gone already.
newest_release()
{
	apt-cache search --names-only '^linux-headers-[0-9.]+[^ ]*-cloud-amd64$' |
		sed 's/ .*//; s/^linux-headers-//' |
		awk -v begin="${DIONISYS_NEWER:-}" 'index($0, begin) == 1' |
		sort -V | tail -n 1
}

# Of packages, what they need, with themselves.
needed()
{
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$@" | grep '^[a-z0-9]' |
		sed 's/:.*//' | sort -u
}

# The image's own parts, without what else it needs on a machine; the headers;
# and what builds a module, with its libraries.
packages()
{
	local common=${release%-cloud-amd64}

	apt-cache depends "linux-image-$release" | awk '{ print $2 }' |
		grep -xF -e "linux-binary-$release" -e "linux-modules-$release" || :
	say "linux-image-$release"
	say "linux-headers-$release"
	say "linux-headers-$common-common"
	needed "linux-kbuild-$common" pahole | grep -E '^(lib|linux-kbuild|pahole|zlib)'
}

download()
{
	local wanted

	mapfile -t wanted < <(packages | sort -u)
	rm -f "$debs"/*.deb
	(cd "$debs" && apt-get -q download "${wanted[@]}")
}

unpack()
{
	local d

	rm -rf "$root"
	mkdir -p "$root"
	# Where /lib and the like are links into /usr.
	for d in bin lib lib64 sbin; do
		mkdir -p "$root/usr/$d"
		ln -s "usr/$d" "$root/$d"
	done
	for d in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$d" | tar -x --keep-directory-symlink -C "$root"
	done
	wrap_tools
	relocate_headers
	/sbin/depmod -b "$root" "$release"
}

# run_with_own_libraries FILE REAL: FILE runs the program REAL.
run_with_own_libraries()
{
	local loader=$root/usr/lib64/ld-linux-x86-64.so.2

	cat >"$1.new" <<-END
		#!/bin/sh
		exec $loader --library-path $root/usr/lib/x86_64-linux-gnu $2 "\$@"
	END
	chmod +x "$1.new"
	mv "$1.new" "$1"
}

# Two of them are there for several machines, behind a program that chooses.
wrap_tools()
{
	local kbuild=$root/usr/lib/linux-kbuild-${release%-cloud-amd64} tool

	for tool in "$kbuild"/{scripts/basic/fixdep,tools/bpf/resolve_btfids/resolve_btfids} \
		"$root/usr/bin/pahole"; do
		mv "$tool" "$tool.real"
		run_with_own_libraries "$tool" "$tool.real"
	done
	run_with_own_libraries "$kbuild/scripts/mod/modpost" \
		"$kbuild/scripts/mod/modpost.real-lsb-64"
	run_with_own_libraries "$kbuild/tools/objtool/objtool" \
		"$kbuild/tools/objtool/objtool.real-x86"
}

relocate_headers()
{
	sed -i "s,/usr/src,$root/usr/src,g" "$root/usr/src/linux-headers-$release/Makefile"
}

link_kernel()
{
	local modules=$root/usr/lib/modules/$release image

	for image in "$modules/vmlinuz" "$root/boot/vmlinuz-$release"; do
		[ ! -f "$image" ] || ln -sfn "$image" "$dir/vmlinuz"
	done
	ln -sfn "$modules" "$dir/modules"
	ln -sfn "$root/usr/src/linux-headers-$release" "$dir/headers"
	"$here/qemu/mkinitramfs.sh" "$dir/modules" "$dir/initramfs"
}

fetch()
{
	rm -rf "$dir/release" "$dir/module" "$dir/gauge"
	step "downloading linux $release" "$logs/newer-download.log" download
	step "unpacking it" "$logs/newer-unpack.log" unpack
	link_kernel
	rm -f "$debs"/*.deb
	printf '%s\n' "$release" >"$dir/release"
}

# This machine's compiler, older than the kernel's: it does not know all options
# and attributes.
make_module()
{
	make -C "$1" KDIR="$dir/headers" BUILD="$dir/$2" CC=gcc KCFLAGS=-Wno-attributes \
		CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT='' PAHOLE="$root/usr/bin/pahole" module
}

build_modules()
{
	make_module "$top/kernel-patch/safex" module
	strip --strip-debug -o "$dir/safex.ko" "$dir/module/safex.ko"
	make_module "$top/bench/gauge" gauge
}

main()
{
	[ $# -eq 1 ] || die "usage: newer-kernel.sh BUILD"
	mkdir -p "$1/newer" "$1/log"
	dir=$(cd "$1/newer" && pwd) logs=$(cd "$1/log" && pwd)
	root=$dir/root
	write_apt_config
	step "updating lists of newer packages" "$logs/newer-update.log" apt-get -q update
	release=$(newest_release)
	[ -n "$release" ] || die "Debian's stable release has no cloud kernel ${DIONISYS_NEWER:-}"
	[ "$release" = "$(cat "$dir/release" 2>/dev/null)" ] || fetch
	step "building safex.ko for linux $release" "$logs/newer-module.log" build_modules
}

main "$@"
