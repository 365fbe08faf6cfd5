# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What goes into the guest has one time, so that a boot does not depend on when
# its files were made. Sourced by the scripts of this directory.

epoch=1767225600	# 2026-01-01, when the guest boots

one_time()
{
	find "$1" -exec touch -h -d @"$epoch" {} +
}

# archive DIR: its files as an initramfs, on stdout
archive()
{
	one_time "$1"
	(cd "$1" && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible)
}
