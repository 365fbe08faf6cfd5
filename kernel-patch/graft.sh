#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: graft.sh TREE
#
# Puts the subsystem beside this script into the kernel tree TREE, as
# kernel/safex, with its place in Kconfig and Makefile and its header in
# include/uapi. A tree that has it already gets the present state of it.
# Then CONFIG_SAFEX=y builds it in, CONFIG_SAFEX=m makes a module.

set -eu
here=$(cd "$(dirname "$0")" && pwd)

die()
{
	echo "graft.sh: $*" >&2
	exit 1
}

# after FILE LINE NEW: NEW follows LINE, once.
after()
{
	! grep -qxF "$3" "$1" || return 0
	grep -qxF "$2" "$1" || die "$1 has no line '$2'"
	awk -v at="$2" -v new="$3" '{ print } $0 == at { print new }' \
		"$1" >"$1.safex"
	cat "$1.safex" >"$1"
	rm "$1.safex"
}

[ $# -eq 1 ] || die "usage: graft.sh TREE"
tree=$1
if [ ! -f "$tree/kernel/Makefile" ] || [ ! -f "$tree/init/Kconfig" ]; then
	die "$tree is no kernel source tree"
fi

mkdir -p "$tree/kernel/safex"
rm -f "$tree"/kernel/safex/*.[ch]
cp "$here"/safex/*.[ch] "$here/safex/Kconfig" "$tree/kernel/safex/"
cp "$here/safex/Kbuild" "$tree/kernel/safex/Makefile"
cp "$here/safex/include/uapi/linux/safex.h" "$tree/include/uapi/linux/"

# shellcheck disable=SC2016 # make's variables, not the shell's
after "$tree/kernel/Makefile" 'obj-$(CONFIG_BPF) += bpf/' \
	'obj-$(CONFIG_SAFEX) += safex/'
after "$tree/init/Kconfig" 'source "kernel/bpf/Kconfig"' \
	'source "kernel/safex/Kconfig"'
