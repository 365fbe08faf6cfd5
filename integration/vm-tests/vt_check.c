/* SPDX-License-Identifier: GPL-2.0-only */
#include "vt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX	8192
#define PARTS		3

static bool failed;

void vt_result(bool ok, const char *name, const char *why, ...)
{
	char text[512];
	va_list args;

	if (ok) {
		printf("ok %s\n", name);
		return;
	}
	failed = true;
	va_start(args, why);
	vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	printf("FAIL %s %s\n", name, text);
}

bool vt_all_ok(void)
{
	return !failed;
}

void vt_say(const char *call)
{
	fprintf(stderr, "%s: error %d: %s\n", call, DError(), DErrorText());
}

static const char *missing_part(const char *text, const char *const part[PARTS])
{
	for (int i = 0; i < PARTS && part[i]; i++)
		if (!strstr(text, part[i]))
			return part[i];
	return NULL;
}

static bool said_right(const char *name, int code, const char *const part[PARTS])
{
	const char *missing = missing_part(DErrorText(), part);
	int got = DError();

	if (got != code)
		vt_result(false, name, "error %d, not %d: %s", got, code, DErrorText());
	else if (missing)
		vt_result(false, name, "no \"%s\" in: %s", missing, DErrorText());
	return got == code && !missing;
}

void vt_failed_with(const char *name, int code, const char *part)
{
	const char *const parts[PARTS] = { part };

	if (said_right(name, code, parts))
		vt_result(true, name, "%s", "");
}

static bool nothing_left(const char *name, const struct vt_state *before)
{
	char was[96], is[96];
	struct vt_state after;

	vt_state_read(&after);
	if (vt_state_same(before, &after))
		return true;
	vt_result(false, name, "left behind: %s, before %s", vt_state_text(&after, is),
		  vt_state_text(before, was));
	return false;
}

void vt_refused(const struct vt_refusal *r)
{
	struct vt_state before;

	vt_daemons_same();
	vt_state_read(&before);
	if (before.kernel < 0 || before.pins < 0 || before.safexd < 0 || before.nameserver < 0)
		vt_result(false, r->name, "a part did not answer before the call");
	else if (!r->call())
		vt_result(false, r->name, "was not refused");
	else if (!said_right(r->name, r->code, r->part) || !nothing_left(r->name, &before))
		return;
	else
		vt_result(vt_daemons_same(), r->name, "a daemon has ended");
}

bool vt_wait(bool (*condition)(void *arg), void *arg)
{
	static const struct timespec step = { 0, 20 * VT_MS };

	for (int left = 1000; left > 0; left--) {
		if (condition(arg))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}
