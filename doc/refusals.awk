# SPDX-License-Identifier: GPL-2.0-only
#
# usage: awk -f refusals.awk safexd/sx_refusals.h safexd/loader/ld_refusals.h
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

/^#define (SX|LD)_(REFUSED|ADVICE)_/ {
	is_advice = $0 ~ /^#define (SX|LD)_ADVICE_/
	text = ""
}

# A macro goes on in the next line.
/^#define (SX|LD)_(REFUSED|ADVICE)_/ || /^\t"/ {
	text = text literals($0)
	if ($0 ~ /\\$/)
		next
	if (is_advice)
		row(shown(text))
	else
		message = text
	next
}

/^\/\* .* \*\/$/ && message != "" {
	row(substr($0, 4, length($0) - 6))
}
