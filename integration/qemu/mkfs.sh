#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: mkfs.sh TREE IMAGE FREE-MIB
#
# Writes an ext4 image of TREE, all of it owned by root but the home
# directories. Runs with root's powers over ownership, real or fakeroot's.
# No random ids, and no times of now but the change times of inodes.

set -euo pipefail
tree=$1 image=$2 free_mib=$3
# shellcheck source-path=SCRIPTDIR source=archive.sh
. "$(dirname "$0")/archive.sh"

chown -R 0:0 "$tree"
chown -R 1001:1001 "$tree/home/alice"
chown -R 1002:1002 "$tree/home/bob"
one_time "$tree"
kib=$(du -sk --apparent-size "$tree" | cut -f 1)
# Persistent memory comes in steps of 128 MiB.
mib=$(((kib * 11 / 10 / 1024 + free_mib + 127) / 128 * 128))
rm -f "$image"
E2FSPROGS_FAKE_TIME=$epoch mke2fs -q -t ext4 -b 4096 -m 0 \
	-O ^has_journal,^resize_inode,^metadata_csum -I 256 \
	-E hash_seed=53616665-5800-4000-8000-000000000001 \
	-U 53616665-5800-4000-8000-000000000002 -L root -d "$tree" \
	"$image" "${mib}M"
