/* SPDX-License-Identifier: GPL-2.0-only */
#include "d_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dio_rpc.h"
#include "dionisys_rpc.h"
#include "safexd_rpc.h"

/* FNV-1a: names are short and few. */
static unsigned int hash_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % D_HASH;
}

int d_class_slot(const struct d_class *class, const char *attr)
{
	unsigned int at = hash_of(attr);
	int slot;

	for (; (slot = class->hash[at]) >= 0; at = (at + 1) % D_HASH)
		if (!strcmp(class->names[slot], attr))
			return slot;
	return -1;
}

static int add_attr(struct d_class *class, const dio_x_attr *attr)
{
	unsigned int at = hash_of(attr->name);

	if (!dio_name_part_valid(attr->name) || d_class_slot(class, attr->name) >= 0)
		return d_fail(DIO_E_PROTOCOL, "safexd tells a layout that cannot be: attribute "
			      "\"%.31s\"", attr->name);
	while (class->hash[at] >= 0)
		at = (at + 1) % D_HASH;
	class->hash[at] = (signed char)class->n_attrs;
	class->rights[class->n_attrs] = attr->rights;
	strcpy(class->names[class->n_attrs++], attr->name);
	return 0;
}

static int take_layout(struct d_class *class, const sx_open_result *result)
{
	unsigned int i;
	int err;

	memset(class->hash, -1, sizeof(class->hash));
	for (i = 0; i < result->attrs.attrs_len; i++) {
		err = add_attr(class, &result->attrs.attrs_val[i]);
		if (err)
			return err;
	}
	return 0;
}

/* A file that is shorter than the page would kill the process at the first load. */
static bool too_short(int fd)
{
	struct stat st;

	return fstat(fd, &st) ||
	       (S_ISREG(st.st_mode) && st.st_size < (off_t)sizeof(struct safex_page));
}

static int map_page(struct d_class *class)
{
	void *page;

	if (too_short(class->fd))
		return d_fail(DIO_E_PROTOCOL, "the descriptor that safexd gave is not a class's");
	page = mmap(NULL, sizeof(struct safex_page), PROT_READ, MAP_SHARED, class->fd, 0);
	if (page == MAP_FAILED)
		return d_fail(dio_error_from_errno(-errno), "the attributes cannot be mapped: %s",
			      strerror(errno));
	class->page = page;
	if (class->page->abi != SAFEX_ABI)
		return d_fail(DIO_E_KERNEL, "safex in the kernel has interface %u, this library %u",
			      class->page->abi, SAFEX_ABI);
	if (class->page->n_attrs != class->n_attrs)
		return d_fail(DIO_E_PROTOCOL, "the class has %u attributes, safexd told of %u",
			      class->page->n_attrs, class->n_attrs);
	return 0;
}

/* *address is malloc'ed; "" when no socket of this host leads to the class. */
static int locate(const struct d_class_id *id, d_deadline deadline, char **address)
{
	static const struct d_procedure proc = { NS_LOCATE, (xdrproc_t)xdr_dio_x_key,
						 (xdrproc_t)xdr_ns_locate_result };
	char name[DIO_PATH_MAX];
	dio_x_key key = { SAFEX_KIND_CLASS, id->cd, name, "" };
	ns_locate_result result = { 0 };
	int err;

	dio_name_format(&id->name, name, sizeof(name));
	err = d_nameserver_call(&proc, &key, &result, deadline);
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err) {
		*address = strdup(strncmp(result.safexd, "unix:", 5) ? "" : result.safexd);
		if (!*address)
			err = d_fail(DIO_E_NO_MEMORY, "no memory for an address");
	}
	xdr_free((xdrproc_t)xdr_ns_locate_result, &result);
	return err;
}

/* 0 or -errno. */
static int ask_once(const char *address, const struct d_class_id *id, d_deadline deadline,
		    sx_open_result *result, int *fd)
{
	sx_open_args args = { .cd = id->cd, .manager = (char *)id->name.manager };
	struct dio_rpc_wait *wait;
	int err;

	errno = 0;
	wait = dio_rpc_wait_new(address, SAFEXD_PROG, SAFEXD_V1);
	if (!wait)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	err = dio_rpc_wait_call_fd(wait, SX_OPEN_CLASS, (xdrproc_t)xdr_sx_open_args, &args,
				   (xdrproc_t)xdr_sx_open_result, result, d_deadline_ms(deadline),
				   fd);
	dio_rpc_wait_free(wait);
	return err;
}

/* To open it once more does no harm: asked again when the connection is lost. */
static int ask_safexd(const char *address, const struct d_class_id *id, d_deadline deadline,
		      sx_open_result *result, int *fd)
{
	int err = ask_once(address, id, deadline, result, fd), lost = 1;
	d_deadline last_try = d_last_try(deadline);
	unsigned int pause = 0;

	while (d_connection_lost(err) && lost++ < D_LOST_TRIES && d_pause(pause, last_try)) {
		err = ask_once(address, id, deadline, result, fd);
		pause = d_longer_pause(pause);
	}
	return err ? d_rpc_fail(err, "safexd", address) : 0;
}

static int open_at(const char *address, struct d_class *class, d_deadline deadline)
{
	d_deadline last_try = d_last_try(deadline);
	sx_open_result result = { 0 };
	int err;

	err = ask_safexd(address, &class->id, deadline, &result, &class->fd);
	while (!err && d_wait_busy(&result.status, last_try)) {
		xdr_free((xdrproc_t)xdr_sx_open_result, &result);
		err = ask_safexd(address, &class->id, deadline, &result, &class->fd);
	}
	if (err)
		return err;
	err = d_answer(&result.status);
	if (!err && class->fd < 0)
		err = d_fail(DIO_E_PROTOCOL, "safexd at %s gave no descriptor with the class",
			     address);
	if (!err)
		err = take_layout(class, &result);
	if (!err)
		err = map_page(class);
	xdr_free((xdrproc_t)xdr_sx_open_result, &result);
	return err;
}

int d_map_open(const struct d_class_id *id, d_deadline deadline, struct d_class **out)
{
	struct d_class *class;
	char *address;
	int err;

	*out = NULL;
	err = locate(id, deadline, &address);
	if (err)
		return err;
	if (!address[0]) {
		free(address);
		return 0;
	}
	class = calloc(1, sizeof(*class));
	if (class) {
		class->id = *id;
		class->fd = -1;
		err = open_at(address, class, deadline);
	} else {
		err = d_fail(DIO_E_NO_MEMORY, "no memory for an attribute class");
	}
	free(address);
	if (err)
		d_map_close(class);
	else
		*out = class;
	return err;
}

void d_map_close(struct d_class *class)
{
	if (!class)
		return;
	if (class->page)
		munmap((void *)class->page, sizeof(*class->page));
	if (class->fd >= 0)
		close(class->fd);
	free(class);
}
