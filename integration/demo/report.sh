#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: report.sh WITH WITHOUT OUT
#
# WITH and WITHOUT hold what dio-watch wrote in the two runs. Prints them side
# by side, draws OUT/cpu.png and OUT/cpu.svg, and judges: exit code 1 when with
# Dionisys some contract was missed in more than 1 % of its periods (as safex
# counted), or when without it some contract was not (as the sampler counted).

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

die()
{
	printf 'report: %s\n' "$*" >&2
	exit 2
}

# Fields of summary.csv: 1 name, 2 target, 3 period (ms), 4 CPU %, 5 frames,
# 6 seconds, 7 safex windows, 8 missed, 9 sampler windows, 10 missed, 11 < 95 %
side_by_side()
{
	awk -F, '
	function missed(n, of) {
		return of ? sprintf("%d of %d (%.1f %%)", n, of, 100 * n / of) : "-"
	}
	FNR == 1 { next }
	NR == FNR { with[$1] = $0; next }
	{
		if (!head++) {
			printf "\n%-26s %26s %26s\n", "", "with Dionisys", "without"
		}
		split(with[$1], w, ",")
		printf "%s: %s ms in %s ms\n", $1, $2, $3
		printf "  %-24s %24.1f %% %24.1f %%\n", "CPU time", w[4], $4
		printf "  %-24s %26.1f %26.1f\n", "frames per second", w[6] ? w[5] / w[6] : 0, $5 / $6
		printf "  %-24s %26s %26s\n", "periods missed, safex", missed(w[8], w[7]), "-"
		printf "  %-24s %26s %26s\n", "periods missed, sampler", missed(w[10], w[9]), missed($10, $9)
		printf "  %-24s %26s %26s\n", "  below 95 % of target", missed(w[11], w[9]), missed($11, $9)
	}' "$1/summary.csv" "$2/summary.csv"
}

extensions()
{
	awk -F, '
	FNR == 1 {
		printf "\n%-20s %-8s %7s %9s %9s %7s %10s\n", "extension", "of", "runs",
			"mean us", "max us", "aborts", "exceptions"
		next
	}
	{ printf "%-20s %-8s %7d %9.2f %9.2f %7d %10d\n", $1, $2, $3,
		$3 ? $4 / $3 / 1000 : 0, $5 / 1000, $6, $7 }' "$1/extensions.csv"
}

# CPU time in percent over intervals of one second, one column per process.
percent_per_second()
{
	awk -F, '
	NR == 1 {
		for (i = 2; i <= NF; i += 3) { sub(/_cpu_us$/, "", $i); printf "%s\t", $i }
		print "s"
		next
	}
	{
		s = int($1 / 1000000)
		if (NR > 2 && s > last) {
			for (i = 2; i <= NF; i += 3)
				printf "%.2f\t", 100 * ($i - cpu[i]) / ($1 - time)
			print s - 0.5
		}
		if (NR == 2 || s > last) {
			for (i = 2; i <= NF; i += 3) cpu[i] = $i
			time = $1
		}
		last = s
	}' "$1/cpu.csv"
}

draw()
{
	local kind n

	percent_per_second "$1" >"$3/with.dat"
	percent_per_second "$2" >"$3/without.dat"
	n=$(awk 'NR == 1 { print NF - 1 }' "$3/with.dat")
	for kind in png svg; do
		gnuplot -e "kind='$kind'; out='$3/cpu.$kind'; n=$n" \
			-e "with='$3/with.dat'; without='$3/without.dat'" \
			"$here/cpu.gnuplot" || die "gnuplot failed"
	done
	printf '\nplots: %s %s\n' "$3/cpu.png" "$3/cpu.svg"
}

# A run that judged less than nine tenths of its periods proves nothing.
judge()
{
	awk -F, '
	FNR == 1 { file++; next }
	{ contracts[file]++; expected = 0.9 * 1000 * $6 / $3 }
	file == 1 && $7 < expected {
		printf "%s: safex judged only %d periods with Dionisys\n", $1, $7; bad = 1 }
	file == 1 && $8 * 100 > $7 {
		printf "%s: missed in %d of %d periods with Dionisys\n", $1, $8, $7; bad = 1 }
	file == 2 && $9 < expected {
		printf "%s: only %d periods were judged without Dionisys\n", $1, $9; bad = 1 }
	file == 2 && $10 * 100 <= $9 {
		printf "%s: kept without Dionisys, too: this run shows nothing\n", $1; bad = 1 }
	END {
		if (contracts[1] != contracts[2] || !contracts[1]) {
			print "the runs have not the same contracts"; bad = 1
		}
		if (!bad)
			print "Every contract was kept with Dionisys and missed without it."
		exit bad
	}' "$1/summary.csv" "$2/summary.csv"
}

[ $# -eq 3 ] || die "usage: report.sh WITH WITHOUT OUT"
for f in "$1"/{cpu,summary,extensions}.csv "$2"/{cpu,summary}.csv; do
	[ -s "$f" ] || die "there is no $f"
done
mkdir -p "$3"
side_by_side "$1" "$2"
extensions "$1"
draw "$1" "$2" "$3"
judge "$1" "$2"
