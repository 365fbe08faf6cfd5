# SPDX-License-Identifier: GPL-2.0-only
#
# usage: gnuplot -c path.gnuplot NAME
#
# Instructions of one round for three processes, of NAME.figures, as NAME.png
# and .svg.

figures = ARG1 . ".figures"
set style data histograms
set style fill solid 0.6
set boxwidth 0.6
set logscale y
set yrange [10:*]
set ylabel "instructions"
set title "One round for three processes"
set xtics rotate by -20
unset key
rows = "< awk '$1 ~ /_(round|pass)_insns$/ { sub(/^path\\./, \"\", $1); sub(/_insns$/, \"\", $1); print $1, $2 }' " . figures
set terminal pngcairo size 800,480
set output ARG1 . ".png"
plot rows using 2:xtic(1) linecolor rgb "#3465a4"
set terminal svg size 800,480
set output ARG1 . ".svg"
replot
