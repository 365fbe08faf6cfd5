/* SPDX-License-Identifier: GPL-2.0-only */
/* Attribute classes: creation from the caller's array, and its references. */
#include "d_lib.h"

#include <linux/safex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dionisys_rpc.h"

_Static_assert(DATTR_APP_READ == SAFEX_APP_READ && DATTR_APP_WRITE == SAFEX_APP_WRITE &&
	       DATTR_EXT_READ == SAFEX_EXT_READ && DATTR_EXT_WRITE == SAFEX_EXT_WRITE,
	       "rights of the library are the kernel's");

#define TAKE_BACK_MS	2000	/* beyond the call's deadline, as dionisys.h says */
#define RIGHTS_OWN	(DATTR_APP_READ | DATTR_APP_WRITE | DATTR_EXT_READ | DATTR_EXT_WRITE)

static int check_attr(const DAttr_t *attrs, size_t i)
{
	const char *name = attrs[i].name;
	size_t j;

	if (strnlen(name, DIO_NAME_MAX) == DIO_NAME_MAX)
		return d_fail(DIO_E_TOO_BIG, "the name of attribute %zu has %zu bytes; it may have %d",
			      i, strlen(name), DIO_X_PART);
	if (!dio_name_part_valid(name))
		return d_fail(DIO_E_INVALID,
			      "\"%s\" is not the name of an attribute: " DIO_NAME_FORM, name);
	if (attrs[i].rights & ~RIGHTS_OWN)
		return d_fail(DIO_E_INVALID, "rights %#x of attribute %s are unknown",
			      attrs[i].rights, name);
	for (j = 0; j < i; j++)
		if (!strcmp(attrs[j].name, name))
			return d_fail(DIO_E_EXISTS, "attribute %s is in the class twice", name);
	return 0;
}

/* The caller's array as it goes over the wire; names stay the caller's. */
static int convert_attrs(DAttr_t *attrs, dio_x_attr out[DIO_X_ATTRS], unsigned int *n)
{
	size_t i;
	int err;

	if (!attrs)
		return d_fail(DIO_E_INVALID, "the attribute class is NULL");
	for (i = 0; attrs[i].name; i++) {
		if (i == DIO_X_ATTRS)
			return d_fail(DIO_E_TOO_BIG, "an attribute class has at most %d attributes; "
				      "does the array end with a NULL name?", DIO_X_ATTRS);
		err = check_attr(attrs, i);
		if (err)
			return err;
		out[i].name = (char *)attrs[i].name;
		out[i].value = attrs[i].value;
		out[i].rights = attrs[i].rights ? attrs[i].rights : DATTR_DEFAULT;
		out[i].role = SAFEX_ROLE_NONE;
	}
	*n = i;
	return 0;
}

static const volatile int64_t *readable(const struct d_class *class, const char *attr)
{
	int slot = d_class_slot(class, attr);

	if (slot < 0 || !(d_class_rights(class, slot) & DATTR_APP_READ))
		return NULL;
	return d_class_value(class, slot);
}

static int fill_refs(const struct d_class_id *id, DAttr_t *attrs)
{
	struct d_class *class;
	int err;

	err = d_class_acquire(id, &class);
	if (err)
		return err;
	for (; attrs->name; attrs++)
		attrs->ref = readable(class, attrs->name);
	d_class_release();
	return 0;
}

static void clear_refs(DAttr_t *attrs)
{
	for (; attrs->name; attrs++)
		attrs->ref = NULL;
}

/*
 * The class exists when its page cannot be had: the caller is told that the
 * call failed, so nothing of it may stay. The error told is the first one.
 */
static int attach(const struct d_class_id *id, const char *sm_name, DAttr_t *attrs,
		  d_deadline deadline)
{
	dio_x_status first = { .message = NULL };
	bool local;
	int err;

	/* One of the same name may have been destroyed by another process. */
	d_class_unmap(id);
	err = d_class_map(id, deadline, &local);
	if (!err && local)
		err = fill_refs(id, attrs);
	if (!err)
		return 0;
	first.code = DError();
	first.retry_ms = DRetryAfter();
	first.message = strdup(DErrorText());
	d_class_unmap(id);
	clear_refs(attrs);
	d_destroy(SAFEX_KIND_CLASS, id->cd, sm_name, "", d_deadline_of(TAKE_BACK_MS));
	d_answer(&first);
	free(first.message);
	return err;
}

int DxCreateAttrClass(DClass_Descr_t cd, const char *sm_name, DAttr_t *attrs, const DOptions_t *o)
{
	dio_x_attr wire[DIO_X_ATTRS];
	dio_x_spec spec = { .key = { SAFEX_KIND_CLASS, cd, (char *)sm_name, "" }, .file = "",
			    .attrs.attrs_val = wire };
	struct d_class_id id = { .cd = cd };
	ns_create_result result;
	d_deadline deadline;
	DOptions_t options;
	int err;

	err = d_options(o, &options);
	if (!err)
		err = d_check_descriptor(cd);
	if (!err)
		err = d_check_name("service manager", sm_name, false, &id.name);
	if (!err)
		err = convert_attrs(attrs, wire, &spec.attrs.attrs_len);
	if (err)
		return err;
	clear_refs(attrs);
	/* Not told for the own process: the nameserver has the kernel's word for it. */
	spec.pid = options.pid == getpid() ? 0 : options.pid;
	deadline = d_deadline_of(options.deadline_ms);
	err = d_create(NS_CREATE_CLASS, &spec, &result, deadline);
	if (err)
		return err;
	xdr_free((xdrproc_t)xdr_ns_create_result, &result);
	return attach(&id, sm_name, attrs, deadline);
}

int DCreateAttrClass(DClass_Descr_t cd, const char *sm_name, DAttr_t *attrib_class)
{
	return DxCreateAttrClass(cd, sm_name, attrib_class, NULL) ? -1 : 0;
}

int DDestroyAttrClass(DClass_Descr_t cd, const char *sm_name)
{
	struct d_class_id id = { .cd = cd };
	int err;

	err = d_check_descriptor(cd);
	if (!err)
		err = d_check_name("service manager", sm_name, false, &id.name);
	if (!err)
		err = d_destroy(SAFEX_KIND_CLASS, cd, sm_name, "", d_deadline_of(0));
	if (!err)
		d_class_unmap(&id);
	return err;
}
