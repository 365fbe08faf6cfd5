/* SPDX-License-Identifier: GPL-2.0-only */
/* Assembly text: what is understood, and that nothing else passes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dio_random.h"
#include "sx_asm.h"

static const struct {
	const char *text;
	enum sx_op op;
	int dst, src;
	int64_t imm;
	const char *name;
} known[] = {
	{ "r1 = r2", SX_OP_MOVE, 1, 2, 0, "" },
	{ "r1 = w8", SX_OP_MOVE, 1, 8, 0, "" },
	{ "r3 = (s16)r10", SX_OP_MOVE, 3, 10, 0, "" },
	{ "w0 = 0", SX_OP_MOVE_IMM, 0, -1, 0, "" },
	{ "r9 = -2147483648", SX_OP_MOVE_IMM, 9, -1, -2147483648LL, "" },
	{ "r1 = -10000000000 ll", SX_OP_ADDRESS, 1, -1, -10000000000LL, "" },
	{ "r1 = table ll", SX_OP_ADDRESS, 1, -1, 0, "table" },
	{ "r1 = .L.str.3+16 ll", SX_OP_ADDRESS, 1, -1, 16, ".L.str.3" },
	{ "r1 s>>= 16", SX_OP_ALU, 1, -1, 16, "" },
	{ "w1 <<= w2", SX_OP_ALU, 1, 2, 0, "" },
	{ "r5 = -r5", SX_OP_ALU, 5, 5, 0, "" },
	{ "r5 = be16 r5", SX_OP_ALU, 5, 5, 0, "" },
	{ "r1 s/= r2", SX_OP_DIVIDE, 1, 2, 0, "" },
	{ "w1 %= 7", SX_OP_DIVIDE, 1, -1, 7, "" },
	{ "w1 = *(u32 *)(r2 + 4)", SX_OP_LOAD, 1, 2, 4, "" },
	{ "r1 = *(s8 *)(r10 - 512)", SX_OP_LOAD, 1, 10, -512, "" },
	{ "*(u64 *)(r10 - 8) = r7", SX_OP_STORE, 10, 7, -8, "" },
	{ "*(u8 *)(r1 + 0) = w7", SX_OP_STORE, 1, 7, 0, "" },
	{ "*(u16 *)(r1 + 2) = -1", SX_OP_STORE_IMM, 1, -1, 2, "" },
	{ "if w1 s<= w2 goto LBB0_4", SX_OP_JUMP, 1, 2, 0, "LBB0_4" },
	{ "if r1 & 8 goto LBB0_4", SX_OP_JUMP, 1, -1, 8, "LBB0_4" },
	{ "goto LBB0_4", SX_OP_JUMP, -1, -1, 0, "LBB0_4" },
	{ "gotol LBB0_4", SX_OP_JUMP, -1, -1, 0, "LBB0_4" },
	{ "call safex_raise_event", SX_OP_CALL, -1, -1, 0, "safex_raise_event" },
	{ "exit", SX_OP_EXIT, -1, -1, 0, "" },
	{ "r2 = safex_read .L.str", SX_OP_MARKER, 2, -1, 0, ".L.str" },
	{ "r2 = safex_write r7 .L.str", SX_OP_MARKER, 2, 7, 0, ".L.str" },
	{ "safex_throw", SX_OP_MARKER, -1, -1, 0, "" },
};

static void test_known(void **state)
{
	struct sx_insn i;

	(void)state;
	for (size_t n = 0; n < sizeof(known) / sizeof(known[0]); n++) {
		if (sx_insn_parse(known[n].text, &i) || i.op != known[n].op || i.dst != known[n].dst ||
		    i.src != known[n].src || i.imm != known[n].imm || strcmp(i.name, known[n].name))
			fail_msg("%s: op %d dst %d src %d imm %lld name %s", known[n].text, i.op, i.dst,
				 i.src, (long long)i.imm, i.name);
	}
}

static const char *const unknown[] = {
	"", "r1", "r1 =", "r11 = 0", "r1 = r2 r3", "w1 += r2", "r1 = 0x", "r1 = 1x", "call", "call 5",
	"callx r1", "exit 0", "goto", "goto 5", "goto +1", "may_goto LBB0_1", "if r1 goto LBB0_1",
	"if r1 == 0", "r1 = *(u128 *)(r2 + 0)", "r1 = *(u64 *)(r2 + r3)", "r1 = *(u64 *)(r2 + 40000)",
	"*(u64 *)(r1 + 0) += r2", "lock *(u64 *)(r1 + 0) += r2",
	"r0 = atomic_fetch_add((u64 *)(r1 + 0), r0)", "r0 = *(u8 *)skb[0]", "r1 = addr_space_cast(r2, 0, 1)",
	"r1 = safex_read", "r1 = safex_read r2 .L.str", "r1 = safex_write .L.str",
	"r1 = safex_write w2 .L.str", "r1 = safex_write r2", "r1 = safex_other .L.str", "safex_throw 1", "r1 = 99999999999999999999",
	"r1 = a_name_that_is_longer_than_any_that_a_compiler_would_make_of_one_of_ours ll", "R1 = 0",
	"r1 = 0 // x", "r1 = 0 /* x */", "nonsense", ".byte 1", "r1 == r2", "if r1 = 0 goto x",
};

static void test_unknown(void **state)
{
	struct sx_insn i;

	(void)state;
	for (size_t n = 0; n < sizeof(unknown) / sizeof(unknown[0]); n++)
		if (!sx_insn_parse(unknown[n], &i))
			fail_msg("understood: %s", unknown[n]);
}

static const char sample[] =
	"\t.text\n\t.file\t\"extension\"\n\t.file\t1 \"x.c\"\n\t.file\t2 \"/sdk/safex\" \"kernel.h\"\n"
	"\t.section\t\"struct_ops/monitor\",\"ax\",@progbits\n\t.globl\tsafex_entry # -- Begin\n"
	"safex_entry:                            # @safex_entry\n"
	"\t.loc\t1 7 2 prologue_end # x.c:7:2\n\tr1 = 5 # five\n"
	"\t.loc\t2 99 1\n\tr2 = 6\n"
	"\t.loc\t1 0 2\n\tr3 = 7\n"
	"LBB0_1:\n\tr4 = 8\n\t.loc\t1 9 2\n\tgoto LBB0_1\n"
	"\t.section\t.rodata.str1.1,\"aMS\",@progbits,1\n"
	".L.str:\n\t.asciz\t\"a;#\\\"\\\\\\n\\001b\"\n"
	".L.str.1:\n\t.asciz\t\"a\\000b\"\n"
	"\t.section\t.safex.attr,\"a\",@progbits\nx:\n\t.asciz\t\"ab\\000\\000\"\n\t.zero\t3\n"
	"\t.long\t4294967294\n\t.quad\t-2\n"
	"\t.local\tn\n\t.comm\tn,8,8\n";

static const struct sx_text source = { "x.c", "static s64 n;\n", 13 };

static void test_sample(void **state)
{
	static const uint8_t bytes[] = { 'a', 'b', 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff,
		0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct dio_status st = { 0 };
	unsigned int lines[5] = { 0 }, n = 0;
	struct sx_asm a;
	char buf[32];

	(void)state;
	assert_int_equal(sx_asm_parse(&a, sample, strlen(sample), &source, &st), 0);
	for (size_t i = 0; i < a.n; i++)
		if (a.lines[i].kind == SX_LINE_INSN)
			lines[n++] = a.lines[i].source;
	assert_int_equal(n, 5);
	/* Headers and line 0 belong to the author's line before; a new block does not. */
	assert_true(lines[0] == 7 && lines[1] == 7 && lines[2] == 7 && lines[3] == 9 && lines[4] == 9);
	assert_int_equal(sx_asm_string(&a, ".L.str", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "a;#\"\\\n\001b");
	assert_int_equal(sx_asm_string(&a, ".L.str", buf, 8), -ENAMETOOLONG);
	assert_int_equal(sx_asm_string(&a, ".L.str.1", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(sx_asm_string(&a, "x", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sx_asm_bytes(&a, SX_SEC_ATTR, buf, sizeof(buf)), sizeof(bytes));
	assert_memory_equal(buf, bytes, sizeof(bytes));
	assert_int_equal(sx_asm_bytes(&a, SX_SEC_ATTR, buf, sizeof(bytes) - 1), -E2BIG);
	assert_true(sx_asm_label(&a, "n") > 0 && sx_asm_label(&a, "LBB0_1") > 0);
	assert_int_equal(sx_asm_label(&a, "m"), -ENOENT);
	sx_asm_release(&a);
}

/* Whatever it is, it is read to its end or refused with a reason. */
static void test_random(void **state)
{
	static const char pieces[] = "\n\t .:;#\"\\=*(){}+-0123456789rwuLBgoticalexsf_";
	char text[sizeof(sample)];
	struct dio_status st;
	struct sx_asm a;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		memcpy(text, sample, sizeof(text));
		for (unsigned int n = 1 + dio_random() % 6; n; n--)
			text[dio_random() % (sizeof(text) - 1)] = dio_random() % 4 ?
				pieces[dio_random() % (sizeof(pieces) - 1)] : (char)dio_random();
		memset(&st, 0, sizeof(st));
		if (sx_asm_parse(&a, text, sizeof(text) - 1, &source, &st))
			assert_true(st.code == DIO_E_INSTRUMENT && *st.message);
		sx_asm_release(&a);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),  cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_sample), cmocka_unit_test(test_random),
	};

	dio_random_begin(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
