#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Makes ./configure from a fresh checkout; needs autoconf, automake, libtool.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
