// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call of safex with each kind of argument it must not be given: what the
 * verifier says of it, to the letter.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "st.h"
#include "st_raw.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

enum st_type { NONE, CTX, SHARE, GUARD, NUMBER };

static const struct {
	const char *name;
	enum st_type arg[3];
} st_kfuncs[] = {
	{ "safex_raise_event", { CTX, NUMBER, NUMBER } },
	{ "safex_catch", { CTX } },
	{ "safex_cpu_used", { SHARE } },
	{ "safex_cpu_window", { SHARE, NUMBER } },
	{ "safex_cpu_windows", { SHARE } },
	{ "safex_cpu_current", { SHARE } },
	{ "safex_cpu_rest", { SHARE } },
	{ "safex_next_tick", { SHARE, NUMBER } },
	{ "safex_cpu_violations", { SHARE } },
	{ "safex_cpu_reserve", { SHARE, NUMBER, NUMBER } },
};

static const char * const st_structs[] = {
	[CTX] = "safex_ctx", [SHARE] = "safex_share", [GUARD] = "safex_guard_ctx",
};

/* The program that is handed each type, and where among its arguments. */
static const struct {
	uint32_t kind;
	int16_t off;
} st_holders[] = {
	[CTX] = { SAFEX_KIND_MONITOR, 0 },
	[SHARE] = { SAFEX_KIND_MANAGER, 8 },
	[GUARD] = { SAFEX_KIND_GUARD, 0 },
};

static int st_statics;

/*
 * Wrong ways to fill R1, with the right pointer in R6 and the program's own
 * arguments at R8.  In reason %s is the struct that belongs there.
 */
static void st_number(struct st_code *c)
{
	MOVI(c, 1, 4096);
}

static void st_null(struct st_code *c)
{
	MOVI(c, 1, 0);
}

static void st_stack(struct st_code *c)
{
	st_emit(c, BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 0);
	MOV(c, 1, 10);
	ALUI(c, BPF_ADD, 1, -8);
}

static void st_spilled(struct st_code *c)
{
	STX(c, BPF_DW, 10, -8, 6);
	MOV(c, 1, 10);
	ALUI(c, BPF_ADD, 1, -8);
}

static void st_variable(struct st_code *c)
{
	st_emit_value(c, 1, st_statics, 0);
}

static void st_from_memory(struct st_code *c)
{
	st_emit_value(c, 1, st_statics, 0);
	LDX(c, BPF_DW, 1, 1, 0);
}

static void st_through_memory(struct st_code *c)
{
	st_emit_value(c, 1, st_statics, 0);
	STX(c, BPF_DW, 1, 0, 6);
	LDX(c, BPF_DW, 1, 1, 0);
}

static void st_map(struct st_code *c)
{
	st_emit(c, BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, st_statics);
	st_emit(c, 0, 0, 0, 0, 0);
}

static void st_arguments(struct st_code *c)
{
	MOV(c, 1, 8);
}

static void st_frame(struct st_code *c)
{
	MOV(c, 1, 10);
}

static void st_next(struct st_code *c)
{
	MOV(c, 1, 6);
	ALUI(c, BPF_ADD, 1, 4096);
}

static void st_before(struct st_code *c)
{
	MOV(c, 1, 6);
	ALUI(c, BPF_ADD, 1, -8);
}

static void st_inside(struct st_code *c)
{
	MOV(c, 1, 6);
	ALUI(c, BPF_ADD, 1, 4);
}

static void st_somewhere(struct st_code *c)
{
	st_emit_value(c, 2, st_statics, 0);
	LDX(c, BPF_DW, 2, 2, 0);
	MOV(c, 1, 6);
	st_emit(c, BPF_ALU64 | BPF_ADD | BPF_X, 1, 2, 0, 0);
}

static void st_half(struct st_code *c)
{
	st_emit(c, BPF_ALU | BPF_MOV | BPF_X, 1, 6, 0, 0);
}

static void st_used_up(struct st_code *c)
{
	HELPER(c, 5);	/* ktime_get_ns */
}

struct st_wrong {
	const char *name;
	void (*fill)(struct st_code *c);
	const char *reason;
};

/*
 * Memory of any kind, or no pointer: only what the kernel handed out will do.
 * In the words of 6.12, 7.2 (without "arg#0") or 7.3.
 */
#define PLAIN	"pointer type STRUCT %s must point to scalar, or struct with scalar" \
		"| expected STRUCT %s"

static const struct st_wrong st_wrongs[] = {
	{ "a number", st_number, PLAIN },
	{ "NULL", st_null, "Possibly NULL pointer passed to trusted arg0|to trusted R1" },
	{ "the stack", st_stack, PLAIN },
	{ "a pointer to the pointer", st_spilled, PLAIN },
	{ "the frame pointer", st_frame, PLAIN },
	{ "a variable", st_variable, PLAIN },
	{ "a map", st_map, "in struct bpf_map|has a pointer to STRUCT bpf_map" },
	{ "a number from memory", st_from_memory, PLAIN },
	{ "the pointer, kept in memory", st_through_memory, PLAIN },
	{ "the program's arguments", st_arguments, PLAIN },
	{ "behind it", st_next, "access beyond struct %s at off 4096 size 1" },
	{ "before it", st_before, "negative offset trusted_ptr_ ptr R1 off=-8 disallowed" },
	{ "inside it", st_inside, "%s" },
	{ "somewhere near it", st_somewhere,
	  "math between trusted_ptr_ pointer and register with unbounded min value is not allowed" },
	{ "its lower half", st_half, PLAIN },
	{ "nothing", st_used_up, PLAIN "|variable ? access" },
};

static void st_begin(struct st_code *c, enum st_type holder)
{
	c->n = 0;
	MOV(c, 8, 1);
	LDX(c, BPF_DW, 6, 1, st_holders[holder].off);
}

static void st_end_call(struct st_code *c, const char *kfunc)
{
	MOVI(c, 2, 1);
	MOVI(c, 3, 1);
	st_emit_call(c, kfunc);
	MOVI(c, 0, 0);
	EXIT(c);
}

/* Is it refused, with these words and no others? */
static void st_judge(const struct st_code *c, enum st_type holder,
		     const char *want, const char *kfunc, const char *what)
{
	char log[4096];
	int fd = st_raw_load(c, st_holders[holder].kind, log, sizeof(log));

	if (!st_ok((fd == -EACCES || fd == -EINVAL) && st_says(log, want),
		   "kfunc: %s: %s", kfunc, what))
		st_note("returned %d, want \"%s\", log: %s", fd, want, log);
	if (fd >= 0)
		close(fd);
}

static void st_wrong_pointers(const char *kfunc, enum st_type type)
{
	struct st_code c;
	char want[256];
	size_t i;

	for (i = 0; i < N(st_wrongs); i++) {
		st_begin(&c, type);
		st_wrongs[i].fill(&c);
		st_end_call(&c, kfunc);
		snprintf(want, sizeof(want), st_wrongs[i].reason, st_structs[type],
			 st_structs[type]);
		st_judge(&c, type, want, kfunc, st_wrongs[i].name);
	}
}

/* A pointer that another kind of program is handed: the wrong capability. */
static void st_wrong_types(const char *kfunc, enum st_type type)
{
	enum st_type other;
	struct st_code c;
	char want[256];

	for (other = CTX; other <= GUARD; other++) {
		if (other == type)
			continue;
		st_begin(&c, other);
		MOV(&c, 1, 6);
		st_end_call(&c, kfunc);
		snprintf(want, sizeof(want), "%s args#0 expected pointer to STRUCT %s but R1 has "
			 "a pointer to STRUCT %s|%s R1 expected pointer to STRUCT %s but R1 has "
			 "a pointer to STRUCT %s", kfunc, st_structs[type], st_structs[other],
			 kfunc, st_structs[type], st_structs[other]);
		st_judge(&c, other, want, kfunc, st_structs[other]);
	}
}

/* A pointer where a number belongs. */
static void st_wrong_numbers(size_t i)
{
	enum st_type type = st_kfuncs[i].arg[0];
	struct st_code c;
	char want[64];
	uint8_t arg;

	for (arg = 1; arg < 3 && st_kfuncs[i].arg[arg]; arg++) {
		st_begin(&c, type);
		MOV(&c, 1, 6);
		MOVI(&c, 2, 1);
		MOVI(&c, 3, 1);
		MOV(&c, arg + 1, 6);
		st_emit_call(&c, st_kfuncs[i].name);
		MOVI(&c, 0, 0);
		EXIT(&c);
		snprintf(want, sizeof(want), "R%u is not a scalar", arg + 1);
		st_judge(&c, type, want, st_kfuncs[i].name, want);
	}
}

/* One that the kernel lets all struct_ops programs call, of gauge.ko. */
static void st_foreign(void)
{
	static struct st_code c;

	c.n = 0;
	if (st_emit_foreign(&c, "gauge", "gauge_foreign")) {
		st_note("another module's function: no gauge.ko");
		return;
	}
	MOVI(&c, 0, 0);
	EXIT(&c);
	st_judge(&c, CTX, "attach to unsupported member", "gauge_foreign",
		 "a function of another module");
}

void st_test_kfunc(void)
{
	size_t i;

	if (!st_ok(st_raw_init(), "kfunc: the module has types"))
		return;
	st_statics = st_raw_array(64);
	for (i = 0; i < N(st_kfuncs); i++) {
		st_wrong_pointers(st_kfuncs[i].name, st_kfuncs[i].arg[0]);
		st_wrong_types(st_kfuncs[i].name, st_kfuncs[i].arg[0]);
		st_wrong_numbers(i);
	}
	st_foreign();
	close(st_statics);
}
