#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: make.sh WRITE SEED NUMBER OUT COMPILER...
#
# NUMBER sources of WRITE (write.c), each through COMPILER (safexcc and its
# options): OUT/N.monitor and OUT/N.handler are objects of valid ones,
# OUT/N.broken of broken ones, which are left to the verifier. OUT/report says
# what was right and what was not, for the test that runs them: valid sources
# are compiled, and what is refused is refused with a line and a reason.

set -euo pipefail
write=$1 seed=$2 number=$3 out=$4
shift 4
compiled=0 refused=0 wrong=0

bad()
{
	echo "FAIL written: seed $seed number $1: $2" >>"$out/report.new"
	wrong=$((wrong + 1))
}

# judge N ROLE VALID EXIT: what the compiler said is in OUT/N.said
judge()
{
	local object=$out/$1.object

	case $4 in
	0)
		compiled=$((compiled + 1))
		if [ "$3" = valid ]; then
			mv "$object" "$out/$1.$2"
		else
			mv "$object" "$out/$1.broken"
		fi
		;;
	1)
		refused=$((refused + 1))
		if [ "$3" = valid ]; then
			bad "$1" "valid, but: $(head -n 1 "$out/$1.said")"
		elif ! grep -q "$1\.c:[0-9]" "$out/$1.said"; then
			bad "$1" "refused without a line"
		fi
		;;
	*)
		bad "$1" "compiler ended with $4"
		;;
	esac
}

mkdir -p "$out"
rm -f "$out"/*
for ((i = 0; i < number; i++)); do
	rc=0
	"$write" "$seed" "$i" >"$out/$i.c"
	read -r _ role valid _ <"$out/$i.c"
	"$@" -o "$out/$i.object" "$role" "$out/$i.c" >"$out/$i.said" 2>&1 || rc=$?
	judge "$i" "$role" "$valid" "$rc"
done
echo "$number sources of seed $seed: $compiled compiled, $refused refused, $wrong wrong" \
	>>"$out/report.new"
[ "$wrong" -gt 0 ] || echo "ok written: sources are compiled, or refused with a line" >>"$out/report.new"
mv "$out/report.new" "$out/report"
