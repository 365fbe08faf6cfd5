/* SPDX-License-Identifier: GPL-2.0-only */
/* Checksums, packets, meters of traffic. */

//// crc8_bitwise: ok
#include <safex/extension.h>

static u8 crc8(u8 crc, u8 byte)
{
	crc ^= byte;
	for (int i = 0; i < 8; i++)
		crc = crc & 0x80 ? (u8)(crc << 1) ^ 0x07 : (u8)(crc << 1);
	return crc;
}

void monitor(void)
{
	u64 v = get_attribute("cpu_time");
	u8 crc = 0;

	for (int i = 0; i < 8; i++, v >>= 8)
		crc = crc8(crc, (u8)v);
	raise_event("Crc", crc);
}

//// crc16_nibble_table: ok
#include <safex/extension.h>

static const u16 table[16] = {
	0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
	0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
};

void monitor(void)
{
	u32 data = (u32)get_attribute("windows");
	u16 crc = 0xffff;

	for (u32 n = 8; n-- > 0;)
		crc = (u16)(crc << 4) ^ table[(crc >> 12 ^ data >> 4 * n) & 15];
	raise_event("Crc", crc);
}

//// fletcher: ok
#include <safex/extension.h>

void monitor(void)
{
	u64 v = get_attribute("cpu_time");
	u32 a = 0, b = 0;

	while (v) {
		a = (a + (v & 0xff)) % 255;
		b = (b + a) % 255;
		v >>= 8;
	}
	raise_event("Sum", b << 8 | a);
}

//// token_bucket: ok
#include <safex/extension.h>

#define RATE	50	/* a second */
#define BURST	10

static s64 tokens = BURST * SEC;
static u64 last;

static bool take(u64 now)
{
	tokens += (s64)(now - last) * RATE;
	last = now;
	if (tokens > BURST * SEC)
		tokens = BURST * SEC;
	if (tokens < SEC)
		return false;
	tokens -= SEC;
	return true;
}

void monitor(void)
{
	if (!last)
		last = activation_time();
	if (get_attribute("laxity") < MS && take(activation_time()))
		raise_event("Tight", tokens / SEC);
}

//// leaky_bucket: ok
#include <safex/extension.h>

static s64 level;

void handler(event ev)
{
	level -= level / 8;
	level += ev.value;
	if (level > 100)
		set_attribute("timeslice-adjustment", (level - 100) * 10 * US);
}

//// packed_header: ok
#include <safex/extension.h>

union header {
	u32 word;
	struct {
		u32 version : 4;
		u32 type : 4;
		u32 length : 16;
		u32 flags : 8;
	} f;
};

void handler(event ev)
{
	union header h = { .word = (u32)ev.value };

	if (h.f.version != 1 || h.f.flags & 0x80)
		return;
	set_attribute("timeslice-adjustment", h.f.type == 2 ? h.f.length * US : 0);
}

//// sequence_numbers: ok
#include <safex/extension.h>

/* Comparison that survives the wrap. */
#define AFTER(a, b) ((s16)((u16)(b) - (u16)(a)) < 0)

static u16 expected;
static u32 lost, late;

void handler(event ev)
{
	u16 seq = (u16)ev.value;

	if (AFTER(seq, expected))
		lost += (u16)(seq - expected);
	else if (seq != expected)
		late++;
	expected = seq + 1;
	set_attribute("timeslice-adjustment", (s64)(lost + late) * US);
}

//// big_endian with frame: ok
#include <safex/extension.h>

static u32 be32(u64 v)
{
	return (u32)(v >> 24 & 0xff) | (u32)(v >> 8 & 0xff00) | (u32)(v << 8 & 0xff0000) |
	       (u32)(v << 24 & 0xff000000u);
}

void monitor(void)
{
	raise_event("Frame", be32(get_attribute("frame")));
}

//// varint with frame: ok
#include <safex/extension.h>

static u32 varint(u64 v, u8 *out)
{
	u32 n = 0;

	do {
		out[n] = (u8)(v & 0x7f);
		v >>= 7;
		if (v)
			out[n] |= 0x80;
		n++;
	} while (v && n < 10);
	return n;
}

void monitor(void)
{
	u8 bytes[10] = { 0 };
	u32 n = varint(get_attribute("frame"), bytes), sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += bytes[i];
	raise_event("Bytes", n << 16 | sum);
}

//// jitter_of_rfc3550: ok
#include <safex/extension.h>

static s64 jitter, transit;
static bool first = true;

void handler(event ev)
{
	s64 t = (s64)activation_time() - ev.value, d = t - transit;

	transit = t;
	if (first) {
		first = false;
		return;
	}
	if (d < 0)
		d = -d;
	jitter += d - ((jitter + 8) >> 4);
	set_attribute("timeslice-adjustment", jitter >> 4);
}

//// round_trip_estimate: ok
#include <safex/extension.h>

static s64 srtt, rttvar;

void handler(event ev)
{
	s64 rtt = ev.value;

	if (!srtt) {
		srtt = rtt << 3;
		rttvar = rtt << 1;
	} else {
		s64 delta = rtt - (srtt >> 3);

		srtt += delta;
		if (delta < 0)
			delta = -delta;
		rttvar += delta - (rttvar >> 2);
	}
	set_attribute("timeslice-adjustment", (srtt >> 3) + rttvar);
}

//// hamming: ok
#include <safex/extension.h>

static u8 encode(u8 d)
{
	u8 d0 = d & 1, d1 = d >> 1 & 1, d2 = d >> 2 & 1, d3 = d >> 3 & 1;
	u8 p0 = d0 ^ d1 ^ d3, p1 = d0 ^ d2 ^ d3, p2 = d1 ^ d2 ^ d3;

	return (u8)(p0 | p1 << 1 | d0 << 2 | p2 << 3 | d1 << 4 | d2 << 5 | d3 << 6);
}

void monitor(void)
{
	raise_event("Code", encode(get_attribute("windows") & 15));
}

//// copies_with_memcpy handler: refused 2 "can be included"
#include <safex/extension.h>
#include <string.h>

struct frame { u32 id; u8 data[8]; };

static struct frame frame;

void handler(event ev)
{
	memcpy(frame.data, &ev.value, 8);
	set_attribute("timeslice-adjustment", frame.data[0]);
}

//// checksum_of_a_text monitor: refused 9 "strlen"
#include <safex/extension.h>

static const char greeting[] = "hello";

void monitor(void)
{
	u32 sum = 0;

	for (u32 i = 0; i < strlen(greeting); i++)
		sum += greeting[i];
	raise_event("Sum", sum);
}

//// network_header monitor: refused 2 "can be included"
#include <safex/extension.h>
#include <arpa/inet.h>

void monitor(void)
{
	raise_event("Frame", ntohl(get_attribute("windows")));
}

//// shift_by_too_many_bits monitor: warns 6 "shift count"
#include <safex/extension.h>

void monitor(void)
{
	u32 low = get_attribute("windows");
	u64 word = low << 32 | low;

	raise_event("Word", word);
}

//// flags_and_comparison handler: warns 7 "parentheses"
#include <safex/extension.h>

#define URGENT 0x20

void handler(event ev)
{
	if (ev.value & URGENT != 0)
		set_attribute("timeslice-adjustment", MS);
}
