#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: apply.sh TREE
#
# Applies the series of patches/ to the kernel tree TREE. A patch that does
# not fit exactly is refused: what a fuzzy one would do, nobody has tried.

set -eu
here=$(cd "$(dirname "$0")" && pwd)

[ $# -eq 1 ] || { echo "usage: apply.sh TREE" >&2; exit 1; }
while read -r name; do
	echo "$name"
	patch -d "$1" -p1 --fuzz=0 --no-backup-if-mismatch --forward --quiet \
		<"$here/patches/$name"
done <"$here/patches/series"
