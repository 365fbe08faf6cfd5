# SPDX-License-Identifier: GPL-2.0-only
#
# usage: awk -f refusals.awk safexd/sx_refusals.h
#
# The guide's tables of what is said when something is refused, and what to do
# about it. What differs from case to case is "...".

# The text of the literals in a line, as it is shown.
function literals(line,   text, part)
{
	text = ""
	while (match(line, /"([^"\\]|\\.)*"/)) {
		part = substr(line, RSTART + 1, RLENGTH - 2)
		text = text part
		line = substr(line, RSTART + RLENGTH)
	}
	return text
}

function shown(text)
{
	gsub(/\\"/, "\"", text)
	gsub(/%%/, "\001", text)
	gsub(/%[-0-9.*]*(ll|l|z)?[a-zA-Z]/, "...", text)
	gsub(/\001/, "%", text)
	gsub(/(\.\.\. ?)+\.\.\./, "...", text)
	gsub(/\|/, "\\|", text)
	sub(/[; ]+$/, "", text)
	return text
}

function row(advice)
{
	gsub(/\|/, "\\|", advice)
	print "| `" shown(message) "` | " advice " |"
	message = ""
}

/^\/\* Table: / {
	sub(/^\/\* Table: /, "")
	sub(/ \*\/$/, "")
	print "\n### " $0 "\n\n| message | what to do |\n|---|---|"
	next
}

/^#define SX_REFUSED_/ {
	message = literals($0)
	next
}

/^\t"/ {
	message = message literals($0)
	next
}

/^#define SX_ADVICE_/ {
	row(shown(literals($0)))
	next
}

/^\/\* .* \*\/$/ && message != "" {
	row(substr($0, 4, length($0) - 6))
}
