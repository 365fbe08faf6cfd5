#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: mail.sh OUT
#
# Writes the patches for the kernel's own maintainers into the directory OUT,
# each a mail of its own (git send-email OUT/*.patch). That of the hrtick is one
# of our series too, and kept there.

set -eu
[ $# -eq 1 ] || { echo "usage: mail.sh OUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cp "$here"/*.patch "$1/"
for patch in "$here"/../patches/*-Keep-the-hrtick-of-a-task-that-goes-on.patch; do
	sed 's,^Subject: \[PATCH [0-9/]*\],Subject: [PATCH],' "$patch" \
		>"$1/sched-core-Keep-the-hrtick-of-a-task-that-goes-on.patch"
done
