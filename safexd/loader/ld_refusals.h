/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an author is told when the kernel's verifier refuses a program: "what is
 * wrong: what to do (the kernel's verifier: its own words)".  As sx_refusals.h,
 * doc/refusals.awk makes one of the guide's tables of this file.
 */
#ifndef LD_REFUSALS_H
#define LD_REFUSALS_H

/* Table: What only the kernel's verifier finds */

#define LD_REFUSED_INDEX "an index may be outside its variable"
#define LD_ADVICE_INDEX \
	"compare it with both bounds just before it is used, or mask it (i & 7)"
#define LD_REFUSED_FRAME "an array of the function's own is indexed by any number"
#define LD_ADVICE_FRAME "make the array static, then the index is checked"
#define LD_REFUSED_FRAME_SIZE "its variables need more than 512 bytes"
#define LD_ADVICE_FRAME_SIZE "make large arrays static"
#define LD_REFUSED_UNSET_BESIDE \
	"a variable of the function's own may be read before it has a value, or beside it"
#define LD_ADVICE_UNSET_BESIDE "give it one where it is declared"
#define LD_REFUSED_UNSET "a variable may be read before it has a value"
#define LD_ADVICE_UNSET "give it one where it is declared"
#define LD_REFUSED_CONSTANT "a constant is written to"
#define LD_ADVICE_CONSTANT "take away const, or do not write"
#define LD_REFUSED_HANDED "what an extension is handed can only be read"
#define LD_ADVICE_HANDED "keep what changes in static variables or attributes"
#define LD_REFUSED_BEYOND "it reads outside of what the extension is handed"
#define LD_ADVICE_BEYOND "use the fields and calls of the header"
#define LD_REFUSED_ADDRESS "an address is given where a number is asked for"
#define LD_ADVICE_ADDRESS "give the value that is there"
#define LD_REFUSED_NUMBER "an address is computed with as if it were a number"
#define LD_ADVICE_NUMBER "only an index can be added to it"
#define LD_REFUSED_CALL "a call is given another address than the one it is for"
#define LD_ADVICE_CALL "call it by the macros of the header"
#define LD_REFUSED_MISALIGNED "an address is no multiple of the size that is read or written there"
#define LD_ADVICE_MISALIGNED "do not pack structures or cast pointers to larger types"
#define LD_REFUSED_SCALAR "a number is used as an address"
#define LD_ADVICE_SCALAR \
	"reach variables by their names, and keep an index where a pointer was kept"
#define LD_REFUSED_NO_ADDRESS "something is used as an address that is none"
#define LD_ADVICE_NO_ADDRESS "reach variables by their names"
#define LD_REFUSED_LOOP "a loop changes nothing that could end it"
#define LD_ADVICE_LOOP "let it change a variable"
#define LD_REFUSED_UNREACHABLE "a part of it can never be reached"
#define LD_ADVICE_UNREACHABLE "remove it"
#define LD_REFUSED_PATHS "there are too many ways through it for the verifier"
#define LD_ADVICE_PATHS "fewer branches, or two extensions instead of one"
#define LD_REFUSED_KIND "it calls what this kind of extension cannot"
#define LD_ADVICE_KIND "use the calls of the header"
#define LD_REFUSED_OTHER "the kernel's verifier refuses it: %s"
/* its own words follow: what they name is near that line; `dionisysctl check` tries a change */

#endif
