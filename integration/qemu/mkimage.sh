#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: mkimage.sh BUILD [DESTDIR]
#
# Makes the VM's root image out of files of this machine, nothing else:
#   BUILD/image/root.img      ext4: busybox, the programs of image-binaries,
#                             clang's headers, DESTDIR, and every library that
#                             these need
#   BUILD/image/initramfs     busybox and the modules that find root.img
# Needs BUILD/kernel (kernel.sh). Nothing is done when the content would be
# the same as before. run.sh never writes to the image.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"

resource_dir=/usr/lib/llvm-19/lib/clang/19/include
free_mib=192

list_binaries()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/image-binaries"
	[ -z "$destdir" ] || find "$destdir" -type f \
		\( -perm -u+x -o -name '*.so*' \) -print
}

is_elf()
{
	[ "$(head -c 4 "$1" | tr -d '\0')" = $'\x7fELF' ]
}

# Paths of the libraries that the ELF files in the arguments need, with the
# project's own left out: they come with DESTDIR.
libraries_of()
{
	LD_LIBRARY_PATH=${destdir:+$destdir/usr/lib:$destdir/usr/lib/x86_64-linux-gnu} \
		ldd "$@" 2>/dev/null |
		sed -n -e 's/.*=> \(\/[^ ]*\) (.*/\1/p' \
			-e 's/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' |
		{ if [ -n "$destdir" ]; then grep -vF "$destdir/" || :; else cat; fi; }
}

missing_libraries()
{
	LD_LIBRARY_PATH=${destdir:+$destdir/usr/lib:$destdir/usr/lib/x86_64-linux-gnu} \
		ldd "$@" 2>/dev/null | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p'
}

# Every file of the machine that goes into the image, sorted.
list_files()
{
	local path elf=() other=() absent

	while read -r path; do
		if is_elf "$path"; then elf+=("$path"); else other+=("$path"); fi
	done < <(list_binaries)
	absent=$(missing_libraries "${elf[@]}" | sort -u)
	[ -z "$absent" ] || die "no such library for the image: $absent"
	{
		printf '%s\n' "${elf[@]}" "${other[@]}" | { grep -vF "${destdir:-//}/" || :; }
		libraries_of "${elf[@]}"
		find "$resource_dir" -type f
	} | sort -u
}

# Packages change size and time of their files; what the project installs is
# new each time, so there only the content counts.
digest_inputs()
{
	{
		cat "$here"/{mkimage.sh,mkinitramfs.sh,mkfs.sh,archive.sh,initramfs-init,passwd,group}
		readlink -f "$build/kernel/modules"
		xargs -d '\n' stat -L -c '%n %s %Y' /bin/busybox <"$image/files"
		[ -z "$destdir" ] || (cd "$destdir" && find . \
			\( -type f -printf '%m ' -exec sha256sum {} \; \) -o \
			-printf '%m %p %l\n') | LC_ALL=C sort
	} | sha256sum | cut -d ' ' -f 1
}

make_tree()
{
	local d

	mkdir -p "$stage"/{usr/{bin,sbin,lib,lib64,share},etc,proc,sys,dev,run,tmp}
	mkdir -p "$stage"/{root,var/{lib,log,cache},home/{alice,bob},out}
	for d in bin sbin lib lib64; do
		ln -s "usr/$d" "$stage/$d"
	done
	ln -s /run "$stage/var/run"
	chmod 1777 "$stage/tmp"
	chmod 700 "$stage/root"
}

# One name per applet, except where a real program has been copied.
add_busybox()
{
	local applet

	cp /bin/busybox "$stage/usr/bin/busybox"
	/bin/busybox --list | while read -r applet; do
		[ -e "$stage/usr/bin/$applet" ] ||
			ln -s busybox "$stage/usr/bin/$applet"
	done
}

# Keeps chains of symbolic links as they are: programs find their files
# relative to the place where the last link points.
add_file()
{
	local path=$1 target dir

	while :; do
		dir=$(realpath -m "$stage$(dirname "$path")")
		mkdir -p "$dir"
		[ -L "$path" ] || break
		[ -L "$dir/${path##*/}" ] || cp -P "$path" "$dir/"
		target=$(readlink "$path")
		case $target in
		/*) path=$target ;;
		*) path=$(realpath -ms "$(dirname "$path")/$target") ;;
		esac
	done
	[ -e "$dir/${path##*/}" ] || cp -p "$path" "$dir/"
}

add_files()
{
	local path

	while read -r path; do
		add_file "$path"
	done <"$image/files"
	[ -z "$destdir" ] || tar -C "$destdir" -c . |
		tar -x --keep-directory-symlink --no-overwrite-dir -C "$stage"
}

add_users()
{
	cp "$here/passwd" "$here/group" "$stage/etc/"
	printf 'node1\n' >"$stage/etc/hostname"
	printf '127.0.0.1 localhost node1\n' >"$stage/etc/hosts"
	printf 'passwd: files\ngroup: files\nhosts: files\n' \
		>"$stage/etc/nsswitch.conf"
}

make_image()
{
	rm -rf "$stage"
	make_tree
	add_files
	add_busybox
	add_users
	"$here/mkinitramfs.sh" "$build/kernel/modules" "$image/initramfs"
	if [ "$(id -u)" -eq 0 ]; then
		"$here/mkfs.sh" "$stage" "$image/root.img" "$free_mib"
	else
		fakeroot -- "$here/mkfs.sh" "$stage" "$image/root.img" "$free_mib"
	fi
	rm -rf "$stage"
}

main()
{
	local digest

	[ $# -ge 1 ] || die "usage: mkimage.sh BUILD [DESTDIR]"
	build=$(cd "$1" && pwd) destdir=
	[ $# -lt 2 ] || destdir=$(cd "$2" && pwd)
	image=$build/image stage=$image/stage
	PATH=$PATH:/usr/sbin:/sbin
	mkdir -p "$image" "$build/log"
	list_files >"$image/files"
	digest=$(digest_inputs)
	if [ -f "$image/root.img" ] &&
	   [ "$digest" = "$(cat "$image/digest" 2>/dev/null)" ]; then
		return 0
	fi
	rm -f "$image/digest"
	step "making the root image" "$build/log/image.log" make_image
	printf '%s\n' "$digest" >"$image/digest"
}

main "$@"
