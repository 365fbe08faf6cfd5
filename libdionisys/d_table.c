/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All mapped classes of the process. Readers hold the lock for a look-up and
 * a load or one ioctl, never while a daemon is asked.
 */
#include "d_map.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define BUCKETS	64

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct d_class *table[BUCKETS];	/* under lock, by descriptor */

static struct d_class **bucket_of(DClass_descr_t cd)
{
	return &table[(cd * UINT64_C(0x9e3779b97f4a7c15)) >> 58];
}

static bool same_id(const struct d_class_id *a, const struct d_class_id *b)
{
	return a->cd == b->cd && !strcmp(a->name.manager, b->name.manager) &&
	       !strcmp(a->name.host, b->name.host);
}

static struct d_class **find(const struct d_class_id *id)
{
	struct d_class **at;

	for (at = bucket_of(id->cd); *at; at = &(*at)->next)
		if (same_id(&(*at)->id, id))
			break;
	return at;
}

/* Of two threads that open the same class, the first one's stays. */
static void insert(struct d_class *class)
{
	struct d_class **at;

	pthread_rwlock_wrlock(&lock);
	at = find(&class->id);
	if (!*at) {
		*at = class;
		class = NULL;
	}
	pthread_rwlock_unlock(&lock);
	d_map_close(class);
}

int d_class_map(const struct d_class_id *id, d_deadline deadline, bool *local)
{
	struct d_class *class;
	int err;

	err = d_map_open(id, deadline, &class);
	if (err)
		return err;
	*local = class != NULL;
	if (class)
		insert(class);
	return 0;
}

void d_class_unmap(const struct d_class_id *id)
{
	struct d_class **at, *class;

	pthread_rwlock_wrlock(&lock);
	at = find(id);
	class = *at;
	if (class)
		*at = class->next;
	pthread_rwlock_unlock(&lock);
	d_map_close(class);
}

static void unmap_bucket(struct d_class **at, DClass_descr_t cd)
{
	struct d_class *class;

	while ((class = *at)) {
		if (cd && class->id.cd != cd) {
			at = &class->next;
			continue;
		}
		*at = class->next;
		d_map_close(class);
	}
}

void d_class_unmap_all(DClass_descr_t cd)
{
	size_t i;

	pthread_rwlock_wrlock(&lock);
	for (i = 0; i < BUCKETS; i++)
		unmap_bucket(&table[i], cd);
	pthread_rwlock_unlock(&lock);
}

static struct d_class *look_up(const struct d_class_id *id)
{
	struct d_class *class;

	pthread_rwlock_rdlock(&lock);
	class = *find(id);
	if (!class)
		pthread_rwlock_unlock(&lock);
	return class;
}

int d_class_acquire(const struct d_class_id *id, struct d_class **class)
{
	bool local;
	int err;

	err = d_check_fork();
	if (err)
		return err;
	*class = look_up(id);
	if (*class)
		return 0;
	err = d_class_map(id, d_deadline_of(0), &local);
	if (err)
		return err;
	*class = local ? look_up(id) : NULL;
	if (*class)
		return 0;
	if (!local)
		return d_fail(DIO_E_NO_CLASS,
			      "class %#llx of manager %s is on another host; its attributes are "
			      "read and set there", (unsigned long long)id->cd, id->name.manager);
	return d_fail(DIO_E_NO_CLASS, "class %#llx of manager %s was just destroyed",
		      (unsigned long long)id->cd, id->name.manager);
}

void d_class_release(void)
{
	pthread_rwlock_unlock(&lock);
}

unsigned int d_class_rights(const struct d_class *class, int slot)
{
	return class->rights[slot];
}

const volatile int64_t *d_class_value(const struct d_class *class, int slot)
{
	return (const volatile int64_t *)&class->page->value[slot];
}

bool d_class_is_gone(const struct d_class *class)
{
	return *(const volatile uint32_t *)&class->page->state == SAFEX_PAGE_DEAD;
}

int d_class_fd(const struct d_class *class)
{
	return class->fd;
}

void d_class_reset_lock(void)
{
	pthread_rwlock_init(&lock, NULL);
}
