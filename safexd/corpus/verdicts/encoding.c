/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that an editor or another system has left; <0x0d> stands for the byte. */

//// byte_order_mark: ok
<0xef><0xbb><0xbf>#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}

//// byte_order_mark_and_a_mistake: refused 5 "undeclared identifier 'x'"
<0xef><0xbb><0xbf>#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", x);
}

//// lines_end_with_cr_lf: ok
#include <safex/extension.h><0x0d>
<0x0d>
#define TWICE(v) \<0x0d>
	((v) * 2)<0x0d>
<0x0d>
void monitor(void)<0x0d>
{<0x0d>
	raise_event("Alive", TWICE(1));<0x0d>
}<0x0d>

//// cr_lf_and_a_mistake: refused 4 "undeclared identifier 'x'"
#include <safex/extension.h><0x0d>
void monitor(void)<0x0d>
{<0x0d>
	raise_event("Alive", x);<0x0d>
}<0x0d>

//// latin_1_in_a_comment: refused 3 "byte 0xf6: source is not plain UTF-8 text"
#include <safex/extension.h>

/* Gr<0xf6><0xdf>e der Warteschlange */
void monitor(void)
{
	raise_event("Alive", 1);
}

//// control_byte: refused 7 "byte 0x1a"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);
}
<0x1a>

//// form_feeds: ok
#include <safex/extension.h>
<0x0c>
static s64 n;
<0x0c>
void monitor(void)
{
	raise_event("N", n++);
}

//// zero_byte: refused 5 "byte 0x00"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive", 1);<0x00>
}

//// typographic_quotes: refused 5 "<U+201C>"
#include <safex/extension.h>

void monitor(void)
{
	raise_event(“Alive”, 1);
}

//// blank_of_a_web_page: warns 5 "whitespace"
#include <safex/extension.h>

void monitor(void)
{
	raise_event("Alive",<0xc2><0xa0>1);
}

//// greek_letters: ok
#include <safex/extension.h>

void monitor(void)
{
	s64 Δ = get_attribute("target_cpu") - get_attribute("actual_cpu"), α = 3;

	raise_event("Delta", Δ * α / 10);
}

//// digraphs monitor: ok
%:include <safex/extension.h>

static s64 v<:4:>;

void monitor(void)
<%
	v<:get_attribute("windows") & 3:> = 1;
	raise_event("V", v<:0:>);
%>

//// no_include: ok
void monitor(void)
{
	raise_event("Alive", get_attribute("windows"));
}
