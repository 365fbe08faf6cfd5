/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of corpus/verdicts/: many sources each, and what an author may expect
 * to be told of them. Before each source stands one line,
 *
 *	//// NAME [ROLE] [of MANAGER] [with ATTRIBUTE...]: VERDICT [pending WHO]
 *
 * ROLE	monitor, handler or manager; else it is seen from the source
 * of	its class is one of that manager, an entry before it whose role is told;
 *	else of cpu
 * with	attributes of the application that the class has, too
 *
 * VERDICT is one of
 *
 *	ok			taken, and nothing is said
 *	warns LINE "WORDS"	taken, and a warning for that line has these words
 *	refused LINE "WORDS"	the first that is said is of that line, with these
 *	refused "WORDS"		or of no line
 *
 * LINE counts from the line behind that one; WORDS end at the line's last '"'.
 * pending: known to be wrong until WHO's change is there; reported, no failure.
 * In a source <0xe9> stands for that byte, where an editor would not keep it.
 */
#ifndef T_CORPUS_H
#define T_CORPUS_H

#include "sx_pipeline.h"

#define T_CORPUS_OWN	8

enum t_verdict { T_OK, T_WARNS, T_REFUSED };

struct t_entry {
	char name[48], file[64];	/* file: what the stages call it */
	enum safex_kind role;		/* NONE: not told */
	char of[48];			/* "": the cpu manager */
	char own[T_CORPUS_OWN][SAFEX_ATTR_NAME_MAX];
	unsigned int n_own;
	enum t_verdict verdict;
	unsigned int line;		/* 0: none */
	char words[128];
	char pending[16];		/* "": nobody's */
	char *source;			/* malloc'ed, the entry's */
	size_t length;
};

/*
 * The entry that begins at *at, which moves behind it; what is before the first
 * one is passed over. false: there is none. One that cannot be understood fails
 * the test.
 */
bool t_corpus_next(const char **at, struct t_entry *entry);

#endif
