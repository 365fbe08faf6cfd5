// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids and lifetime.  An id is never used again while the module is loaded, so
 * a stale one held by a daemon names nothing rather than somebody else's
 * object.
 */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/xarray.h>
#include "safex_internal.h"

#define SAFEX_OBJECTS_MAX	4096	/* bounds the memory of it all */

DEFINE_MUTEX(safex_mutex);		/* see safex_internal.h */

static DEFINE_XARRAY(safex_objects);
static u32 safex_last_id;
static u32 safex_n_objects;
static atomic_t safex_n_alive;		/* and those that only someone still uses */

/* Takes over the caller's initial reference. */
int safex_obj_add(struct safex_obj *obj, u32 kind,
		  void (*release)(struct safex_obj *obj))
{
	int ret;

	lockdep_assert_held(&safex_mutex);
	if (safex_last_id == U32_MAX || safex_n_objects == SAFEX_OBJECTS_MAX)
		return -ENOSPC;
	kref_init(&obj->ref);
	obj->id = safex_last_id + 1;
	obj->kind = kind;
	obj->release = release;
	ret = xa_insert(&safex_objects, obj->id, obj, GFP_KERNEL);
	if (ret)
		return ret;
	__module_get(THIS_MODULE);
	atomic_inc(&safex_n_alive);
	safex_last_id++;
	safex_n_objects++;
	return 0;
}

static void safex_obj_release(struct kref *ref)
{
	struct safex_obj *obj = container_of(ref, struct safex_obj, ref);

	obj->release(obj);
	atomic_dec(&safex_n_alive);
}

/* Any context: a release neither sleeps nor takes locks. */
void safex_obj_put(struct safex_obj *obj)
{
	kref_put(&obj->ref, safex_obj_release);
}

/* Nobody finds it any more; it counts until safex_obj_del(). */
void safex_obj_hide(struct safex_obj *obj)
{
	lockdep_assert_held(&safex_mutex);
	xa_erase(&safex_objects, obj->id);
}

/*
 * Takes the id away and drops the table's reference.  The module reference
 * can go first: the caller came through a descriptor that holds another.
 */
void safex_obj_del(struct safex_obj *obj)
{
	safex_obj_hide(obj);
	safex_n_objects--;
	module_put(THIS_MODULE);
	safex_obj_put(obj);
}

/* Valid while safex_mutex is held.  SAFEX_KIND_NONE finds any kind. */
struct safex_obj *safex_obj_find(u32 kind, u32 id)
{
	struct safex_obj *obj = xa_load(&safex_objects, id);

	lockdep_assert_held(&safex_mutex);
	if (!obj || (kind && obj->kind != kind))
		return NULL;
	return obj;
}

int safex_obj_next(struct safex_object *o)
{
	unsigned long id = o->id;
	struct safex_obj *obj;

	obj = xa_find_after(&safex_objects, &id, U32_MAX, XA_PRESENT);
	if (!obj)
		return -ENOENT;
	o->id = obj->id;
	o->kind = obj->kind;
	return 0;
}

u32 safex_obj_count(void)
{
	return safex_n_objects;
}

u32 safex_obj_alive(void)
{
	return atomic_read(&safex_n_alive);
}
