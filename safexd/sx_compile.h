/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_COMPILE_H
#define SX_COMPILE_H

#include "sx_compiler.h"
#include "sx_text.h"

/* A file name as it may stand in #line and assembly: odd characters become '?'. See sx_shown.h. */
void sx_compile_file(const char *file, char *buf, size_t size);

/* The same for records, which have less room: without the directories. */
void sx_compile_record_file(const char *file, char *buf, size_t size);

/*
 * Source -> assembly text in output->out. Its file is from sx_compile_file().
 * role GUARD is for safexd's own guards. 0, or -errno with status set. The
 * output is to be released in both cases.
 */
int sx_compile(struct sx_compiler *compiler, enum safex_kind role, const struct sx_text *source,
	       struct sx_output *output, struct dio_status *status);

/* Source -> clang's intermediate representation, as it is before any pass. As above. */
int sx_compile_ir(struct sx_compiler *compiler, enum safex_kind role, const struct sx_text *source,
		  struct sx_output *output, struct dio_status *status);

/* What clang had to say of a source that it took, fit for a terminal; "": nothing. */
void sx_compile_warnings(const struct sx_output *output, const struct sx_text *source, char *buf,
			 size_t size);

/* Source -> the same without macros and conditions in output->out. As above. */
int sx_preprocess(struct sx_compiler *compiler, const struct sx_text *source,
		  struct sx_output *output, struct dio_status *status);

/* Assembly -> object. As above. */
int sx_assemble(struct sx_compiler *compiler, const char *file, const char *text, size_t size,
		struct sx_output *output, struct dio_status *status);

#endif
