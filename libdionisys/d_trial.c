/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a host would take a source, without making anything of it. */
#include "d_lib.h"

#include <linux/safex.h>
#include <stdlib.h>
#include <string.h>
#include "dionisys_rpc.h"

#define MANAGER	"cpu"

_Static_assert(sizeof(((DChecked_t *)0)->compiler) == DIO_X_COMPILER + 1, "room for a compiler");
_Static_assert(sizeof(((DChecked_t *)0)->release) == DIO_X_RELEASE + 1, "room for a release");
_Static_assert(sizeof(((DChecked_t *)0)->uses[0].name) == DIO_X_PART + 1, "room for a name");
_Static_assert(DCHECK_USES == DIO_X_ATTRS, "room for all attributes");

static int check_part(const char *what, const char *part)
{
	if (!part || dio_name_part_valid(part))
		return 0;
	return d_fail(DIO_E_INVALID, "\"%.31s\" is not the name of a %s: letters, digits and _ . - "
		      "after a letter or digit, %d at most", part, what, DIO_NAME_MAX - 1);
}

static int options_of(const DCheckOptions_t *from, DCheckOptions_t *to)
{
	int err = d_options_copy("DCheckOptions_t", from, to, sizeof(*to));

	if (!err)
		err = check_part("host", to->host);
	if (!err)
		err = check_part("service manager", to->manager);
	if (!err)
		err = check_part("manager or extension", to->name);
	if (!err && to->deadline_ms < 0)
		err = d_fail(DIO_E_INVALID, "deadline_ms of the options may not be negative");
	return err;
}

static void convert(const dio_x_check_result *from, DChecked_t *to)
{
	*to = (DChecked_t){
		.answered = from->compiler[0] != 0, .kind = from->kind, .stage = from->stage,
		.abi = from->abi, .features = from->features, .used_ppm = from->used,
		.asked_ppm = from->asked, .allowed_ppm = from->allowed,
	};
	strcpy(to->compiler, from->compiler);
	strcpy(to->release, from->release);
	for (; to->n_uses < from->uses.uses_len; to->n_uses++) {
		const dio_x_use *u = &from->uses.uses_val[to->n_uses];

		strcpy(to->uses[to->n_uses].name, u->name);
		to->uses[to->n_uses].gets = u->gets;
		to->uses[to->n_uses].sets = u->sets;
	}
}

static int ask(dio_x_check *asked, DChecked_t *out, d_deadline deadline)
{
	static const struct d_procedure check = { NS_CHECK, (xdrproc_t)xdr_dio_x_check,
						  (xdrproc_t)xdr_dio_x_check_result };
	dio_x_check_result result = { 0 };
	int err;

	err = d_nameserver_call(&check, asked, &result, deadline);
	if (err)
		return err;
	err = d_answer(&result.status);
	if (out)
		convert(&result, out);
	xdr_free((xdrproc_t)xdr_dio_x_check_result, &result);
	return err;
}

static char *part(const char *given, const char *otherwise)
{
	return (char *)(given ? given : otherwise);
}

int DCheck(const char *src_file, const DCheckOptions_t *o, DChecked_t *out)
{
	struct d_source source;
	DCheckOptions_t options;
	dio_x_check asked;
	int err;

	if (out)
		memset(out, 0, sizeof(*out));
	err = options_of(o, &options);
	if (!err)
		err = d_source_read(src_file, &source);
	if (err)
		return err;
	asked = (dio_x_check){
		.kind = options.kind, .cd = options.cd, .host = part(options.host, ""),
		.manager = part(options.manager, MANAGER), .name = part(options.name, ""),
		.period = options.period_ns, .budget = options.budget_ns,
		.file = (char *)d_source_wire_name(src_file),
		.source = { source.length, source.data },
	};
	err = ask(&asked, out, d_deadline_of(options.deadline_ms));
	free(source.data);
	return err;
}
