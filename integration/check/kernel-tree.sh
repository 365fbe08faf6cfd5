#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernel-tree.sh ACTION BUILD RESULTS
#
# A test of the series or of the subsystem in the kernel tree that
# patched-kernel.sh has made; ACTION is a function below. It has passed if
# nothing failed; RESULTS gets a line of its own where one action is several
# tests.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
build=$(cd "$2" && pwd) results=$3
tree=$(cd "$build/patched/tree" && pwd -P)
layer=$build/patched/graft
patch=$top/kernel-patch

series_style()
{
	local name

	while read -r name; do
		perl "$tree/scripts/checkpatch.pl" --no-tree --strict --quiet \
			"$patch/patches/$name"
	done <"$patch/patches/series"
}

# Trace headers have a style of their own, guard() is a macro of the kernel and
# a member of ours, what is shared with user space has no BIT(), and one header
# asks for the kernel's version. What checkpatch says on stderr is about a
# Python module that it does without.
subsystem_style()
{
	local strict=(perl "$tree/scripts/checkpatch.pl" --root "$tree" --strict
		--quiet -f --ignore AVOID_EXTERNS)

	find "$patch/safex" -name '*.[ch]' ! -name safex_trace.h \
		! -name safex_compat.h ! -path '*/uapi/*' -print0 |
		xargs -0 "${strict[@]}" --ignore UNNECESSARY_PARENTHESES 2>/dev/null &&
		"${strict[@]}" --ignore BIT_MACRO \
			"$patch/safex/include/uapi/linux/safex.h" 2>/dev/null &&
		"${strict[@]}" --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON \
			"$patch/safex/safex_compat.h" 2>/dev/null &&
		"${strict[@]}" --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT \
			"$patch/safex/safex_trace.h" 2>/dev/null
}

# Of all that it has to say, what is about the subsystem. What programs call is
# declared for nobody else.
run_sparse()
{
	local log=$build/patched/sparse/log

	mkdir -p "$build/patched/sparse"
	make -C "$patch/safex" KDIR="$tree" BUILD="$build/patched/sparse" \
		C=2 CHECK=sparse module >"$log" 2>&1 || { cat "$log"; return 1; }
	grep -q '^  CHECK .*safex_pass\.c$' "$log" || { cat "$log"; return 1; }
	! grep -E 'safex[a-z_.]*:[0-9]+.*(warning|error):' "$log" |
		grep -v "safex_kfunc\\.c:.* symbol 'safex_[a-z_]*' was not declared"
}

# unchanged DIR FILE...: of the tree's files, with what the series did taken back
unchanged()
{
	local dir=$1 file

	shift
	for file in "$@"; do
		mkdir -p "$dir/${file%/*}"
		cp "$tree/$file" "$dir/$file"
	done
	tac "$patch/patches/series" | while read -r file; do
		patch -d "$dir" -p1 -R --quiet <"$patch/patches/$file"
	done
}

patched_files()
{
	sed -n 's,^--- a/,,p' "$patch"/patches/*.patch | sort -u
}

# Each mail is good for the kernel as it is, and its reproducer can be built.
upstream()
{
	local work=$build/patched/upstream mail

	rm -rf "$work"
	# shellcheck disable=SC2046 # names of the kernel's files
	unchanged "$work/tree" $(patched_files)
	"$patch/upstream/mail.sh" "$work/mails"
	for mail in "$work"/mails/*.patch; do
		patch -d "$work/tree" -p1 --fuzz=0 --dry-run --quiet <"$mail"
		perl "$tree/scripts/checkpatch.pl" --no-tree --strict --quiet "$mail"
	done
	for mail in "$patch"/upstream/*.c; do
		cc -O2 -Wall -Wextra -Werror -static -o "$work/reproducer" "$mail"
	done
}

# The one patch makes of the unchanged files what series and graft make of them.
one_patch()
{
	local work=$build/patched/one

	rm -rf "$work"
	mkdir -p "$work/a/include/uapi/linux"
	# shellcheck disable=SC2046 # names of the kernel's files
	unchanged "$work/a" $(patched_files) kernel/Makefile init/Kconfig
	cp -a "$work/a" "$work/b"
	"$patch/mkpatch.sh" "$work/a" "$build/patched/safex.patch"
	patch -d "$work/a" -p1 --fuzz=0 --quiet <"$build/patched/safex.patch"
	"$patch/apply.sh" "$work/b"
	"$patch/graft.sh" "$work/b"
	diff -r "$work/a" "$work/b"
}

kernel_make()
{
	make_parallel -C "$tree" LOCALVERSION= "$@"
}

with_safex()
{
	echo "CONFIG_SAFEX=$1" >>"$tree/.config"
	kernel_make olddefconfig
	[ "$1" = n ] || grep -qx "CONFIG_SAFEX=$1" "$tree/.config"
}

left_out()
{
	with_safex n
	kernel_make vmlinux
	! grep -q ' safex_' "$tree/System.map"
}

as_module()
{
	with_safex m
	kernel_make modules
	objdump -h -j .BTF "$tree/kernel/safex/safex.ko"
}

built_in()
{
	with_safex y
	kernel_make vmlinux
	grep -q ' safex_init$' "$tree/System.map"
}

passed()
{
	printf 'pass patched: %s\n' "$*" >>"$results"
}

in_layer()
{
	mount -t overlay safex -o \
		"lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" "$tree"
	"$patch/graft.sh" "$tree"
	"$patch/graft.sh" "$tree"
	[ "$(grep -c 'safex' "$tree/kernel/Makefile")" -eq 1 ]
	passed "grafting safex, twice"
	left_out
	passed "building CONFIG_SAFEX=n"
	as_module
	passed "building CONFIG_SAFEX=m"
	built_in
	passed "building CONFIG_SAFEX=y"
}

# In a layer over the tree, which others use meanwhile, and at its own path: what
# was built there is built anew elsewhere.
grafted()
{
	local options=(--mount)

	[ "$(id -u)" -eq 0 ] || options+=(--map-root-user)
	rm -rf "$layer"
	mkdir -p "$layer/upper" "$layer/work"
	unshare "${options[@]}" "$0" in_layer "$build" "$results"
	rm -rf "$layer"
}

"$1"
