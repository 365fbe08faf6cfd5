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

said_of() { # kernel's version -> errors of the module's header for it
	local dir
	dir=$(mktemp -d)
	mkdir "$dir/linux"
	touch "$dir/linux/btf.h" "$dir/linux/hrtimer.h"
	printf '%s\n' '#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))' \
		"#define LINUX_VERSION_CODE KERNEL_VERSION($1)" >"$dir/linux/version.h"
	cc -E -nostdinc -I "$dir" kernel-patch/safex/safex_compat.h 2>&1 >/dev/null |
		sed -n 's/.*#error //p' | sort -u || :
	rm -r "$dir"
}

kernels() { # those that are taken and should not be, and the other way round
	local version
	for version in '6, 11, 255' '7, 4, 0'; do
		said_of "$version" | grep -q '^"safex is for kernels 6.12 to 7.3: ' || echo "taken: $version"
	done
	for version in '6, 12, 0' '7, 3, 255'; do
		said_of "$version" | sed "s/^/$version: /"
	done
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
verdict "the module says which kernels it is for" "$(kernels)"
verdict "no file of leftovers" "$(git ls-files -co --exclude-standard | grep -E '(^|/)(utils?|helpers?|misc)\.[ch]$' || [ $? -eq 1 ])"
exit "$failed"
