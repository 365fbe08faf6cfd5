#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernel-tree.sh ACTION BUILD
#
# One test of the series or of the subsystem in the kernel tree that
# patched-kernel.sh has left in BUILD/patched; ACTION is a function below. A
# process of its own, so that any command that fails is the end of it.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
top=$(cd "$here/../.." && pwd)
build=$(cd "$2" && pwd)
tree=$build/patched/tree
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
# a member of ours, and what is shared with user space has no BIT(). What
# checkpatch says on stderr is about a Python module that it does without.
subsystem_style()
{
	local strict=(perl "$tree/scripts/checkpatch.pl" --root "$tree" --strict
		--quiet -f --ignore AVOID_EXTERNS)

	find "$patch/safex" -name '*.[ch]' ! -name safex_trace.h \
		! -path '*/uapi/*' -print0 |
		xargs -0 "${strict[@]}" --ignore UNNECESSARY_PARENTHESES 2>/dev/null &&
		"${strict[@]}" --ignore BIT_MACRO \
			"$patch/safex/include/uapi/linux/safex.h" 2>/dev/null &&
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

# The one patch makes of the unchanged files what series and graft make. The
# tree has the series, and the graft if this is not the first time.
one_patch()
{
	local work=$build/patched/one file

	rm -rf "$work"
	mkdir -p "$work/a/include/uapi/linux"
	{
		sed -n 's,^--- a/,,p' "$patch"/patches/*.patch
		printf '%s\n' kernel/Makefile init/Kconfig
	} | sort -u | while read -r file; do
		mkdir -p "$work/a/${file%/*}"
		cp "$tree/$file" "$work/a/$file"
	done
	sed -i '/safex/d' "$work/a/kernel/Makefile" "$work/a/init/Kconfig"
	tac "$patch/patches/series" | while read -r file; do
		patch -d "$work/a" -p1 -R --quiet <"$patch/patches/$file"
	done
	cp -a "$work/a" "$work/b"
	"$patch/mkpatch.sh" "$work/a" "$build/patched/safex.patch"
	patch -d "$work/a" -p1 --fuzz=0 --quiet <"$build/patched/safex.patch"
	"$patch/apply.sh" "$work/b"
	"$patch/graft.sh" "$work/b"
	diff -r "$work/a" "$work/b"
}

kernel_make()
{
	make -C "$tree" -j "$(nproc)" LOCALVERSION= "$@"
}

# From here on the tree is not what patched-kernel.sh has left, until it comes
# round again.
graft_twice()
{
	rm -f "$build/patched/digest"
	"$patch/graft.sh" "$tree"
	"$patch/graft.sh" "$tree"
	[ "$(grep -c 'safex' "$tree/kernel/Makefile")" -eq 1 ]
}

with_safex()
{
	echo "CONFIG_SAFEX=$1" >>"$tree/.config"
	kernel_make olddefconfig
	grep -qx "CONFIG_SAFEX=$1" "$tree/.config"
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

left_out()
{
	"$top/integration/patched-kernel.sh" "$build"
	[ -f "$build/patched/digest" ] && ! grep -q ' safex_' "$tree/System.map"
}

"$1"
