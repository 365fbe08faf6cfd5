#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The rules of ARCHITECTURE.md that a machine can count.  Prints one
# "ok NAME" or "FAIL NAME: why" line a rule, in the form of the VM tests.
# Usage: check-structure.sh [DIR]   (default: the tree this script is in)
set -euo pipefail

cd "${1:-$(dirname "$0")/..}"
failed=0

verdict() { # name, what is wrong ("" when nothing is)
	if [ -z "$2" ]; then
		echo "ok $1"
	else
		printf 'FAIL %s\n' "$1"
		printf '%s\n' "$2" | sed 's/^/  # /'
		failed=1
	fi
}

sources() { git ls-files -co --exclude-standard -- '*.c' '*.h'; }

including() { # extended regex of a header name -> files that include it
	sources | xargs grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$1[>\"]" || [ $? -eq 123 ]
}

only() { # rule name, header regex, extended regex of files that may
	verdict "$1" "$(including "$2" | grep -vE "$3" || [ $? -eq 1 ])"
}

long_files() {
	sources | xargs wc -l | awk '$2 != "total" && $1 > 600 { print $1 " lines: " $2 }'
}

long_functions() {
	sources | grep '\.c$' | xargs awk '
		FNR == 1 { start = 0 }
		/^\{/ { start = FNR }
		/^\}/ { if (start && FNR - start - 1 > 50) print FNR - start - 1 " lines: " FILENAME ":" start; start = 0 }'
}

only "one file, and its tests, include sqlite3.h" 'sqlite3\.h' '^nameserver/(ns_sql|test_ns_sqlite|test_ns_group)\.c$'
only "only the loader and selftests include libbpf" 'bpf/libbpf\.h' '^(safexd/loader|kernel-patch/selftests)/'
only "nothing outside includes nameserver headers" '(.*/)?ns_[a-z_]*\.h' '^(nameserver|fuzz)/'
only "nothing outside includes safexd headers" '(.*/)?sx_[a-z_]*\.h' '^(safexd|fuzz)/'
only "the library does not log" 'dio_log\.h' '^(common|nameserver|safexd|dionisysctl|examples|integration)/'
verdict "no file is longer than 600 lines" "$(long_files)"
verdict "no function is longer than 50 lines" "$(long_functions)"
verdict "no paths of a machine or registry hosts" \
	"$(git grep --untracked -nIE '(^|[^A-Za-z0-9_.}])/(work|root)/[a-z]|https?://(deb|security|registry)\.' -- . ':!COPYING' ':!integration/check-structure.sh' || [ $? -eq 1 ])"
verdict "one header of safex asks for the kernel's version" \
	"$(git grep --untracked -nE 'LINUX_VERSION_CODE|KERNEL_VERSION|hrtimer_init\(|\.function = ' -- kernel-patch/safex ':!*/safex_compat.h' || [ $? -eq 1 ])"
verdict "no file of leftovers" "$(git ls-files -co --exclude-standard | grep -E '(^|/)(utils?|helpers?|misc)\.[ch]$' || [ $? -eq 1 ])"
exit "$failed"
