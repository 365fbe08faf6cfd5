#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: mkpatch.sh TREE OUTPUT
#
# Writes the one patch for those who have a kernel tree and want all of it:
# the series of patches/ and the grafted subsystem. TREE is the unchanged
# source of the kernel that KERNEL names, and stays unchanged.
# Apply it with: patch -p1 <OUTPUT

set -eu
here=$(cd "$(dirname "$0")" && pwd)

die()
{
	echo "mkpatch.sh: $*" >&2
	exit 1
}

# The files of TREE that the series or the graft changes.
changed_files()
{
	printf '%s\n' kernel/Makefile init/Kconfig
	while read -r name; do
		sed -n 's,^--- a/,,p' "$here/patches/$name"
	done <"$here/patches/series"
}

copy_files()
{
	changed_files | sort -u | while read -r file; do
		mkdir -p "$work/a/${file%/*}" "$work/b/${file%/*}"
		cp "$tree/$file" "$work/a/$file"
		cp "$tree/$file" "$work/b/$file"
	done
	mkdir -p "$work/a/include/uapi/linux" "$work/b/include/uapi/linux"
}

header()
{
	sed -n 's/^release /SafeX for Linux /p' "$here/KERNEL"
	echo
	echo "Changes to the kernel proper, in this order:"
	while read -r name; do
		sed -n 's/^Subject: \[PATCH[^]]*\] /- /p' "$here/patches/$name"
	done <"$here/patches/series"
	echo "and the subsystem itself in kernel/safex (CONFIG_SAFEX)."
	echo
}

[ $# -eq 2 ] || die "usage: mkpatch.sh TREE OUTPUT"
tree=$1 output=$2
[ -d "$tree/kernel/sched" ] || die "$tree is no kernel source tree"
[ ! -d "$tree/kernel/safex" ] || die "$tree is grafted already"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
copy_files
"$here/apply.sh" "$work/b"
"$here/graft.sh" "$work/b"
header >"$work/patch"
# diff says 1 when there are differences, and there are.
(cd "$work" && LC_ALL=C diff -urN a b) >>"$work/patch" || [ $? -eq 1 ]
# No times of this machine: the same sources make the same patch.
sed 's/^\(\(---\|+++\) [^\t]*\)\t.*$/\1/' "$work/patch" >"$output"
