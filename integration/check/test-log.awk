# SPDX-License-Identifier: GPL-2.0-only
#
# Results of one test program. Input: automake's .trs file, then the .log
# file, -v log_file= its path. Output: `pass|fail|skip PROGRAM: TEST`, one a
# line; what failed also names the log.
# A cmocka test that began and never ended (a crash) has failed.

function emit(what, test)
{
	print what, name (test == "" ? "" : ": " test) \
		(what == "fail" ? ", log: " log_file : "")
	count[what]++
}

function unfinished()
{
	if (running != "")
		emit("fail", running)
	running = ""
}

/^:global-test-result: / { verdict = $2 }

FNR == NR { next }

/^\[ RUN      \] / { unfinished(); running = $0; sub(/^\[ RUN      \] /, "", running); next }
running != "" && /^\[       OK \] / { emit("pass", running); running = ""; next }
running != "" && /^\[  FAILED  \] / { emit("fail", running); running = ""; next }
running != "" && /^\[  SKIPPED \] / { emit("skip", running); running = ""; next }

/^ok [0-9]+.*# *SKIP/ { emit("skip", $0); next }
/^ok [0-9]+/ { emit("pass", $0); next }
/^not ok [0-9]+/ { emit("fail", $0); next }

END {
	unfinished()
	total = count["pass"] + count["fail"] + count["skip"]
	if (verdict == "PASS" && total == 0)
		emit("pass", "")
	else if (verdict == "SKIP")
		emit("skip", "")
	else if (verdict != "PASS" && count["fail"] == 0)
		emit("fail", "ended with " verdict)
}
