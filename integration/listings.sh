#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: listings.sh DOCUMENT DIR
#
# Writes the listings of a Markdown document to DIR: a fenced block that begins
# with ```LANGUAGE NAME is the file NAME. One without a name is an error, as is
# a name that is there twice: it could not be run. Prints the names.

set -euo pipefail
[ $# -eq 2 ] || { echo "usage: listings.sh DOCUMENT DIR" >&2; exit 2; }
mkdir -p "$2"
exec awk -v dir="$2" '
	function wrong(what) {
		print FILENAME ":" FNR ": " what | "cat >&2"
		failed = 1
		exit
	}
	/^```/ && !inside {
		if (NF != 2 || $2 !~ /^[a-z0-9][a-z0-9.-]*$/)
			wrong("a listing needs a name: ```LANGUAGE NAME")
		if ($2 in seen)
			wrong("a second listing is called " $2)
		seen[$2]
		inside = $2
		file = dir "/" $2
		printf "" >file
		print $2
		next
	}
	/^```/ {
		close(file)
		inside = ""
		next
	}
	inside { print >file }
	END {
		if (inside && !failed)
			wrong("listing " inside " does not end")
		exit failed
	}' "$1"
