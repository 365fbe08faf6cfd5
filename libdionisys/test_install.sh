#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is installed is enough to build an application with pkg-config, in C and
# in C++, and what is for everybody is in everybody's PATH. Run by `make check` in
# the build directory.
# shellcheck disable=SC2317 # functions are called by verdict

set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dionisys-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=../integration/tap.sh
. "$source/../integration/tap.sh"

installs()
{
	make -s install-includeHEADERS install-safexuapiHEADERS install-pkgconfigDATA \
		DESTDIR="$work"
}

application()
{
	cat <<-'EOF'
	#include <dionisys.h>
	#include <linux/safex.h>

	int main(void)
	{
		return DCreateMonitor(1, "cpu/usage", SAFEX_ABI, "usage.c") ||
		       DCreateEventChannel(1, "cpu/usage", "cpu/pid");
	}
	EOF
}

# compiles COMPILER SUFFIX
compiles()
{
	local flags pc

	pc=$(find "$work" -name dionisys.pc)
	flags=$(PKG_CONFIG_SYSROOT_DIR=$work PKG_CONFIG_PATH=${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		"${PKG_CONFIG:-pkg-config}" --cflags dionisys)
	application >"$work/app.$2"
	# shellcheck disable=SC2086 # several flags
	"$1" -Wall -Wextra -Werror -Wwrite-strings $flags -c -o "$work/app.o" "$work/app.$2"
}

# What section 1 of the manual describes. The commands are printed only.
for_everybody()
{
	make -n install-binPROGRAMS DESTDIR="$work" >"$work/commands"
	for page in "$source"/../doc/man/*.1; do
		grep -w "$(basename "$page" .1)" "$work/commands" || return 1
	done
}

verdict "programs of section 1 are in bin" for_everybody
verdict "headers are installed" installs
verdict "an application in C" compiles "${CC:-cc}" c
if command -v g++ >/dev/null; then
	verdict "an application in C++" compiles g++ cc
else
	skip "an application in C++" "no g++"
fi
tap_end
