#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: mkinitramfs.sh MODULES FILE
#
# The first file system of a VM, as FILE: busybox, and of the directory
# MODULES those modules of the kernel that find root.img.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=archive.sh
. "$here/archive.sh"

# In the order of insertion; root.img is a persistent-memory device, so no
# read ever waits for a disk, which would make virtual time depend on the host.
boot_modules=(libnvdimm nd_btt nd_pmem nd_e820)

add_module()
{
	local path

	path=$(find -L "$modules" -name "$1.ko.xz")
	[ -n "$path" ] || die "the kernel has no module $1"
	xz -dc "$path" >"$ram/modules/$1.ko"
	printf '%s\n' "$1" >>"$ram/modules/order"
}

main()
{
	local module

	[ $# -eq 2 ] || die "usage: mkinitramfs.sh MODULES FILE"
	modules=$1 file=$2 ram=$2.d
	rm -rf "$ram"
	mkdir -p "$ram"/{bin,proc,sys,dev,newroot,modules}
	cp /bin/busybox "$ram/bin/"
	cp "$here/initramfs-init" "$ram/init"
	chmod 755 "$ram/init"
	for module in "${boot_modules[@]}"; do
		add_module "$module"
	done
	archive "$ram" >"$file"
	rm -rf "$ram"
}

main "$@"
