# SPDX-License-Identifier: GPL-2.0-only
# CPU time over time, one panel per run. Set by the caller: kind, out, with,
# without, and n: columns before the one of time.
if (kind eq 'png') set terminal pngcairo size 1000,800 font 'sans,11'; else set terminal svg size 1000,800 font 'sans,11'
set output out
set multiplot layout 2,1 title 'CPU time of three encoders and a disturbance (SCHED\_FIFO 96)'
set datafile separator '\t'
set xlabel 'time (s)'
set ylabel 'CPU time (%), intervals of 1 s'
set xrange [0:*]
set yrange [0:100]
set grid
set key outside right
set style data linespoints
do for [run in 'with without'] {
	file = run eq 'with' ? with : without
	set title run.' Dionisys'
	plot for [i=1:n] file using (column(n+1)):i lw 2 pt 7 ps 0.5 title columnheader(i)
}
unset multiplot
