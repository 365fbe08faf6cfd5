# SPDX-License-Identifier: GPL-2.0-only
#
# Results of VM tests from the output of vm-guest.sh. -v wanted="NAME..." are
# the tests that should have run, -v variant=WORD is put before their names.
# Output: `pass|fail|skip [WORD ]TEST: NAME`.

function emit(what, text)
{
	print what, (variant == "" ? "" : variant " ") name \
		(text == "" ? "" : ": " text)
	count[what]++
}

function rest(n,	text)
{
	text = $0
	while (n-- > 0)
		sub(/^[^ ]+ */, "", text)
	return text
}

/^== begin / { name = $3; began[name] = 1; split("", count); next }

/^== end / && name != "" {
	ended[name] = 1
	if ($4 != 0 && !count["fail"])
		emit("fail", ($4 == 143 ? "took too long" : "exit code " $4))
	else if (count["pass"] + count["fail"] + count["skip"] == 0)
		emit("fail", "no result")
	name = ""
	next
}

name == "" { next }
/^not ok / { emit("fail", rest(2)); next }
/^FAIL / { emit("fail", rest(1)); next }
/^skip / { emit("skip", rest(1)); next }
/^ok .*# *SKIP/ { emit("skip", rest(1)); next }
/^ok / { emit("pass", rest(1)); next }

END {
	n = split(wanted, list, " ")
	for (i = 1; i <= n; i++) {
		name = list[i]
		if (!began[name])
			emit("fail", "did not run")
		else if (!ended[name])
			emit("fail", "the VM ended during it")
	}
}
