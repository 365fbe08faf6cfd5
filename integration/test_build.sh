#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What configure and make are told in the README does what it says there. Run by
# `make check` in the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$top/integration/tap.sh"

# Kernel and libbpf are named from the build directory, and used from others.
directories()
{
	mkdir -p "$work/build/headers" "$work/build/libbpf"
	touch "$work/build/headers/Module.symvers" "$work/build/libbpf/libbpf.a"
	(cd "$work/build" && "$top/configure" -q --with-libbpf=libbpf --with-kernel-headers=headers >/dev/null)
	grep -qx "KERNEL_HEADERS = $work/build/headers" "$work/build/Makefile" &&
		grep -qx "with_libbpf = $work/build/libbpf" "$work/build/Makefile"
}

# Of every kernel that it was installed for; and it is said what stays.
uninstalls()
{
	local dir

	for dir in 6.12.1/updates 6.17.2/updates; do
		mkdir -p "$work/lib/modules/$dir"
		touch "$work/lib/modules/$dir/safex.ko.xz" "$work/lib/modules/$dir/other.ko.xz"
	done
	make -s uninstall-module DESTDIR="$work" >"$work/said"
	[ "$(find "$work" -name '*.ko.xz' -printf '%f\n' | sort -u)" = other.ko.xz ] &&
		[ "$(grep -c '^removed: ' "$work/said")" -eq 2 ] &&
		grep -q '^left: .*/lib/dionisys' "$work/said"
}

# compile_for VERSION: the header that asks for it, with a kernel that has that one
compile_for()
{
	mkdir -p "$work/fake/linux"
	touch "$work/fake/linux/btf.h" "$work/fake/linux/hrtimer.h"
	printf '#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))\n%s\n' \
		"#define LINUX_VERSION_CODE $1" >"$work/fake/linux/version.h"
	gcc -E -I"$work/fake" "$top/kernel-patch/safex/safex_compat.h" 2>"$work/errors" >/dev/null
}

# One line says which kernels it is for, and no other goes before it.
refuses()
{
	! compile_for "KERNEL_VERSION($1, 0)" && [ "$(grep -c error: "$work/errors")" -eq 1 ] &&
		grep -q 'error "safex is for kernels 6.12 to 7.3' "$work/errors"
}

other_kernels()
{
	compile_for 'KERNEL_VERSION(6, 12, 0)' && compile_for 'KERNEL_VERSION(7, 3, 9)' &&
		refuses '6, 11' && refuses '7, 4'
}

# What the README says of them.
readme_is_true()
{
	local abi

	abi=$(sed -n 's/^#define SAFEX_ABI[[:space:]]*//p' \
		"$top/kernel-patch/safex/include/uapi/linux/safex.h")
	grep -q "safex: interface $abi," "$top/README.md" &&
		[ "$(grep -c 'Linux 6.12 to 7.3' "$top/README.md")" -eq 2 ]
}

verdict "directories given to configure" directories
verdict "kernels that it is for, and others" other_kernels
verdict "what the README says of the kernel" readme_is_true
verdict "make uninstall and the module" uninstalls
tap_end
