// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exit records: one ring for the host, each open descriptor with its own
 * place in it.  A reader that is too slow sees a gap in seq, nobody waits for
 * it.  A program that fails again and again gets one record per second with
 * a count, no program more than a few, and those of one application together no
 * more than a part of the ring, so none can push out the others'.
 */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include "safex_internal.h"

#define SAFEX_RING		256
#define SAFEX_RECORD_BURST	8	/* per account and second */
#define SAFEX_RECORD_SHARE	32	/* per class descriptor and second */

static struct safex_record safex_ring[SAFEX_RING];
static u64 safex_ring_seq;		/* of the newest, 0: none yet */
static DEFINE_RAW_SPINLOCK(safex_ring_lock);
static DECLARE_WAIT_QUEUE_HEAD(safex_ring_wait);

static const char * const safex_verdict_text[] = {
	[SAFEX_GUARD_OK] = "accepted",
	[SAFEX_GUARD_RANGE] = "refused: out of range",
	[SAFEX_GUARD_STEP] = "refused: step too large",
	[SAFEX_GUARD_RATE] = "refused: too soon after the last write",
	[SAFEX_GUARD_CONTRACT] = "refused: outside the contract",
	[SAFEX_GUARD_SUM] = "refused: more than the host has",
	[SAFEX_GUARD_UNSAFE] = "not safe now: its fallback holds, if it has one",
	[SAFEX_GUARD_RIGHTS] = "refused: no right to write it",
	[SAFEX_GUARD_FAULT] = "refused: the manager has no working guard",
};

/* What was told last of this account is the same. */
static bool safex_record_is_last(const struct safex_account *a, u32 kind,
				 s32 code, u32 line)
{
	return a->record_kind == kind && a->record_code == code &&
	       a->record_line == line;
}

/* True if this is not told: a repetition, which is counted, or one too many. */
static bool safex_record_muted(struct safex_account *a, u32 kind, s32 code,
			       u32 line, u64 now)
{
	bool same = safex_record_is_last(a, kind, code, line);
	bool fresh = !a->record_time || now - a->record_time >= NSEC_PER_SEC;

	if (same)
		a->record_count++;
	if (fresh) {
		a->record_time = now;
		a->record_burst = 0;
	} else if (same || a->record_burst >= SAFEX_RECORD_BURST) {
		return true;
	}
	a->record_burst++;
	return false;
}

/* What changes whether something runs, or is in force: always told. */
static bool safex_record_is_news(u32 kind)
{
	switch (kind) {
	case SAFEX_END_FAULT:
	case SAFEX_END_UNLOADED:
	case SAFEX_END_DESTROYED:
	case SAFEX_END_REVERTED:
		return true;
	default:
		return false;
	}
}

/*
 * Under the ring's lock: whether the application has had its share.  The first of
 * each account in a second is told.
 */
static bool safex_record_crowds(const struct safex_about *about, u32 kind,
				u64 now)
{
	u64 seq = safex_ring_seq, last = seq > SAFEX_RING ? seq - SAFEX_RING : 0;
	u32 n = 0;

	if (safex_record_is_news(kind) || about->account->record_burst <= 1)
		return false;
	for (; seq > last; seq--) {
		const struct safex_record *r = &safex_ring[seq % SAFEX_RING];

		if (now - r->time >= NSEC_PER_SEC)
			break;
		n += r->cd == about->cd;
	}
	return n >= SAFEX_RECORD_SHARE;
}

/* False: it is left out. */
static bool safex_record_put(const struct safex_about *about, u32 kind, s32 code,
			     u32 line, u32 count, u64 now, const char *fmt,
			     va_list args)
{
	struct safex_record *r;
	unsigned long flags;

	raw_spin_lock_irqsave(&safex_ring_lock, flags);
	if (safex_record_crowds(about, kind, now)) {
		raw_spin_unlock_irqrestore(&safex_ring_lock, flags);
		return false;
	}
	r = &safex_ring[++safex_ring_seq % SAFEX_RING];
	memset(r, 0, sizeof(*r));
	r->seq = safex_ring_seq;
	r->time = now;
	r->cd = about->cd;
	r->ext = about->id;
	r->stage = SAFEX_STAGE_KERNEL;
	r->kind = kind;
	r->code = code;
	r->line = line;
	r->count = count;
	strscpy(r->name, about->name, sizeof(r->name));
	if (about->file)
		strscpy(r->file, about->file, sizeof(r->file));
	vscnprintf(r->message, sizeof(r->message), fmt, args);
	raw_spin_unlock_irqrestore(&safex_ring_lock, flags);
	return true;
}

/* Of what was told before, how often it has come since; something else comes now. */
__printf(3, 4)
static void safex_record_rest(const struct safex_about *about, u64 now,
			      const char *fmt, ...)
{
	struct safex_account *a = about->account;
	va_list args;

	va_start(args, fmt);
	safex_record_put(about, a->record_kind, a->record_code, a->record_line,
			 a->record_count, now, fmt, args);
	va_end(args);
	a->record_count = 0;
}

/* Any context; the caller holds what protects about->account. */
void safex_report(const struct safex_about *about, u32 kind, s32 code, u32 line,
		  const char *fmt, ...)
{
	struct safex_account *a = about->account;
	u64 now = ktime_get_ns();
	u32 count = 1;
	va_list args;
	bool told;

	if (safex_record_muted(a, kind, code, line, now))
		return;
	if (safex_record_is_last(a, kind, code, line))
		count = a->record_count;
	else if (a->record_count)
		safex_record_rest(about, now, "the same %u times more",
				  a->record_count);
	va_start(args, fmt);
	told = safex_record_put(about, kind, code, line, count, now, fmt, args);
	va_end(args);
	if (!told)
		return;
	a->record_kind = kind;
	a->record_code = code;
	a->record_line = line;
	a->record_count = 0;
	wake_up_interruptible(&safex_ring_wait);
}

static const char *safex_exception_text(u32 kind)
{
	switch (kind) {
	case SAFEX_END_DIVISION:
		return "division by zero";
	case SAFEX_END_BOUNDS:
		return "index out of its range";
	case SAFEX_END_SHIFT:
		return "shift out of its range";
	default:
		return "thrown";
	}
}

/* "FILE:LINE", or what is known of it. */
static const char *safex_place(const struct safex_about *about, u32 line,
			       char *buf, size_t size)
{
	if (!line)
		strscpy(buf, "an unknown line", size);
	else if (about->file && *about->file)
		snprintf(buf, size, "%s:%u", about->file, line);
	else
		snprintf(buf, size, "line %u", line);
	return buf;
}

void safex_report_end(const struct safex_about *about, u32 kind, s32 code,
		      u32 line, u64 budget, bool disturbed)
{
	char place[SAFEX_FILE_MAX + 12];

	safex_place(about, line, place, sizeof(place));
	switch (kind) {
	case SAFEX_END_BUDGET:
		safex_report(about, kind, code, line,
			     "aborted: used up its reservation of %llu ns at %s%s",
			     budget, place, disturbed ?
			     ", of which devices' interrupts took a part" : "");
		break;
	case SAFEX_END_LOOP:
		safex_report(about, kind, code, line,
			     "aborted: loop at %s went on too long", place);
		break;
	default:
		safex_report(about, kind, code, line, "exception: %s at %s",
			     safex_exception_text(kind), place);
	}
}

/* Always told, whatever else it was that this account had to say just now. */
void safex_report_last(const struct safex_about *about)
{
	struct safex_account *a = about->account;

	a->record_time = 0;
	safex_report(about, SAFEX_END_DESTROYED, 0, 0,
		     "destroyed: %llu runs, %llu aborted, %llu exceptions, %llu writes refused",
		     a->runs, a->aborts, a->exceptions, a->refused);
}

/* The place comes last: a long name may be cut off, the reason not. */
void safex_report_guard(const struct safex_about *about, const char *attr,
			s64 value, u32 verdict, u32 line)
{
	char place[SAFEX_FILE_MAX + 12];

	safex_place(about, line, place, sizeof(place));
	safex_report(about, SAFEX_END_GUARD, verdict, line,
		     line ? "write of %s = %lld %s (%s)" : "write of %s = %lld %s",
		     attr, value, safex_verdict_text[verdict], place);
}

/* A new reader begins with the oldest record kept. */
void safex_record_open(struct safex_reader *reader)
{
	reader->next = 1;
}

static bool safex_record_ready(const struct safex_reader *reader)
{
	return READ_ONCE(safex_ring_seq) >= READ_ONCE(reader->next);
}

static bool safex_record_take(struct safex_reader *reader,
			      struct safex_record *r)
{
	unsigned long flags;
	bool any;

	raw_spin_lock_irqsave(&safex_ring_lock, flags);
	if (reader->next + SAFEX_RING <= safex_ring_seq)
		reader->next = safex_ring_seq - SAFEX_RING + 1;
	any = reader->next <= safex_ring_seq;
	if (any)
		*r = safex_ring[reader->next % SAFEX_RING];
	raw_spin_unlock_irqrestore(&safex_ring_lock, flags);
	return any;
}

/* For the first record, unless O_NONBLOCK. */
int safex_record_wait(struct safex_reader *reader, struct file *file)
{
	if (safex_record_ready(reader))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(safex_ring_wait,
					safex_record_ready(reader));
}

/*
 * Whole records only; 0: there is none.  One reader per descriptor at a time:
 * the caller serialises.
 */
ssize_t safex_record_read(struct safex_reader *reader, char __user *buf,
			  size_t size)
{
	struct safex_record r;
	size_t done = 0;

	while (size - done >= sizeof(r) && safex_record_take(reader, &r)) {
		if (copy_to_user(buf + done, &r, sizeof(r)))
			return done ?: -EFAULT;
		WRITE_ONCE(reader->next, r.seq + 1);
		done += sizeof(r);
	}
	return done;
}

__poll_t safex_record_poll(struct safex_reader *reader, struct file *file,
			   struct poll_table_struct *wait)
{
	poll_wait(file, &safex_ring_wait, wait);
	return safex_record_ready(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}
