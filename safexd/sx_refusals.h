/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said to whoever is refused: the author of a source, and who asks a
 * host for something. Behind each message stands what to do about it, as the
 * message says it itself (SX_ADVICE_*) or as only the guide does. Its tables,
 * "When it is refused", are made of this file by doc/refusals.awk, which takes
 * a title of a table from a comment that begins with "Table:".
 */
#ifndef SX_REFUSALS_H
#define SX_REFUSALS_H

/* Table: The source */

#define SX_REFUSED_INCLUDE \
	"only <safex/extension.h>, <safex/manager.h> and C's own <stddef.h>, <stdint.h>, " \
	"<stdbool.h>, <limits.h> can be included"
/* put all into the one source */
#define SX_REFUSED_UTF8 "byte 0x%02x: source is not plain UTF-8 text"
/* save it as UTF-8, without control characters */
#define SX_REFUSED_UTF16 "source is UTF-16 text"
#define SX_ADVICE_UTF16 "save it as UTF-8"
#define SX_REFUSED_SOURCE_SIZE "source of %zu bytes; 1 to %d are allowed"
/* leave long tables and comments out; one program is one file */
#define SX_REFUSED_SOURCE_EMPTY "source is empty"
/* give the text, or the name of its file */
#define SX_REFUSED_SOURCE_LARGE "source of %u bytes, %u are allowed"
/* leave long tables and comments out; one program is one file */
#define SX_REFUSED_ROLES "defines %s of monitor(), handler(), manager()%s"
/* define the one that it is; of several, `safexcc monitor FILE` says which */
#define SX_REFUSED_NO_FUNCTION "source has no function %s()"
/* define it, or create it as what it is */
#define SX_REFUSED_STOPPED "compiler was stopped"
#define SX_ADVICE_STOPPED "write shorter expressions, and less in one function"
#define SX_REFUSED_SANDBOX "nothing is compiled, for there is no sandbox for the compiler: %s%s"
/* do what stands at its end */
#define SX_REFUSED_SILENT "compiler failed without a word"
/* look into safexd's log; an older compiler may not be enough */
#define SX_REFUSED_NO_WORKER "%s: no worker for the compiler: %s"
/* try again; safexd's log says why */
#define SX_REFUSED_ENTRY "an entry is declared in another way than it is called"
#define SX_ADVICE_ENTRY \
	"write void monitor(void), void handler(event e), void manager(void), void " \
	"caught(exception e)"

/* Table: What no program has */

#define SX_REFUSED_FLOAT "floating point is not available in the kernel"
#define SX_ADVICE_FLOAT "use FX() and fx_mul()"
#define SX_REFUSED_WIDE "arithmetic with 128 bits is not available in the kernel"
#define SX_ADVICE_WIDE "stay within 64 bits, compare with a limit or divide first"
#define SX_REFUSED_BULK "too much memory is copied, cleared or compared at once"
#define SX_ADVICE_BULK "do it in a loop"
#define SX_REFUSED_SIZE "the size of an array must be a constant"
#define SX_ADVICE_SIZE "give it the largest that you need"
#define SX_REFUSED_FRAME "program needs more than 488 bytes for its variables (472 with caught())"
#define SX_ADVICE_FRAME "make large arrays static"
#define SX_REFUSED_VARIABLES \
	"variables and constants of %llu bytes, and %d are allowed; the largest is %s with %llu"
/* smaller arrays, of smaller types; texts count too */
#define SX_REFUSED_ATOMIC "atomic operations are not available"
#define SX_ADVICE_ATOMIC "use a plain variable, for one activation runs at a time"
#define SX_REFUSED_GOTO "a goto must name its label"
#define SX_ADVICE_GOTO "use switch"
#define SX_REFUSED_POINTER "a function is called through a pointer or a number"
#define SX_ADVICE_POINTER "call it by its name, with switch in place of a table"
#define SX_REFUSED_OWN_APART "%s() cannot be made part of its caller: %s"
/* no recursion, no noinline, no pointers to functions */
#define SX_REFUSED_APART "a function cannot be made part of its caller"
#define SX_ADVICE_APART "no recursion, no noinline, no pointers to functions"
#define SX_REFUSED_LEFT "a function is left beside %s(): its address is used, or it is noinline"
/* call it by its name, and leave noinline out */
#define SX_REFUSED_ABORT "a program cannot end its process"
#define SX_ADVICE_ABORT "use safex_throw()"
#define SX_REFUSED_NAME "a static variable, its type or a member has a name that is not ASCII"
#define SX_ADVICE_NAME "use letters a to z, digits and _"
#define SX_REFUSED_LITERAL "name is not a plain string literal"
#define SX_ADVICE_LITERAL "write 1 to 31 ASCII characters, no quotes or backslashes"
#define SX_REFUSED_ADDRESS \
	"variable %s begins with an address, which is not there when it runs: set it where it " \
	"is used, or, of a single pointer, make it const"
/* keep an index where a pointer was kept */
#define SX_REFUSED_NOT_DATA "is not data of this source"
/* define it in the source */
#define SX_REFUSED_NO_CALL "is not among the calls that this kind of program has"
/* a monitor raises events, a handler sets attributes, a manager reserves */
#define SX_REFUSED_ASM "assembly is not allowed in a source"
/* write it in C */
#define SX_REFUSED_ASM_HERE "is not allowed in a source"
/* write it in C */
#define SX_REFUSED_SECTION "section is not allowed"
/* leave `__attribute__((section(...)))` out */
#define SX_REFUSED_SHARE "only a service manager has a share"
/* ask the manager by an attribute */
#define SX_REFUSED_DIVISION "division by zero"
/* the divisor is the constant 0: look at the macro */
#define SX_REFUSED_CAUGHT "exceptions can only be caught by caught()"
/* write `void caught(exception e)`, no SAFEX_CATCH */
#define SX_REFUSED_LONG "program is too long"
/* a function is copied to each place of its call: fewer calls, or loops */
#define SX_REFUSED_CALLS "program has too many calls: make them in a loop"
/* 512 at most */
#define SX_REFUSED_CHECKS "program has too many loops and divisions"
/* each has a check that takes room: fewer calls of functions that have them */
#define SX_REFUSED_OUTPUT "compiler's output is too large"
/* a function is copied to each place of its call: fewer calls, or loops */
#define SX_REFUSED_JUMP "jump leaves the program"
/* no goto out of a function */
#define SX_REFUSED_OBJECT "compiled object is not allowed: %s%s%s"
/* if the advice at its end does not help: report it, with the source */

/* Table: Names of attributes */

#define SX_REFUSED_NO_ATTRIBUTE "attribute \"%s\" does not exist%s%s%s; the class has: %s"
/* a name of the list; add your own to the class's array (`-a` of safexcc) */
#define SX_REFUSED_NO_RIGHT "no right to %s attribute \"%s\""
/* set what the manager declares with `EXT_WRITE`, get what it declares with `EXT_READ` */
#define SX_REFUSED_NAME_LONG "name is longer than %d characters"
/* a shorter one */

/* Table: Declarations of a manager */

#define SX_REFUSED_DECLARATION "attribute \"%s\": %s%s%s"
/* one of the rows below says it */
#define SX_REFUSED_DECLARED_LONG "%s is longer than %zu characters"
/* a shorter one */
#define SX_REFUSED_DECLARED_NAME \
	"name must begin with a letter and have letters, digits, '_', '-', '.'"
/* another name */
#define SX_REFUSED_DECLARED_TWICE "declared twice"
/* declare it once */
#define SX_REFUSED_RIGHTS ".rights has one that is not known"
/* `APP_READ`, `APP_WRITE`, `EXT_READ`, `EXT_WRITE`, joined by `|` */
#define SX_REFUSED_ROLE_UNKNOWN ".role is not known"
/* `TARGET`, `PERIOD`, `MINIMUM`, `MAXIMUM`, `SHARE` */
#define SX_REFUSED_ROLE_TWICE "another attribute has this role"
/* each role once */
#define SX_REFUSED_RANGE ".minimum is above .maximum"
/* the other way round; of a large product, `LL` */
#define SX_REFUSED_STEP ".step is negative"
/* 0 for none */
#define SX_REFUSED_RATE ".rate is negative"
/* 0 for none */
#define SX_REFUSED_NO_RANGE "can be written but has no range: give .minimum and .maximum"
/* what no value may leave */
#define SX_REFUSED_TIME_RANGE "range of a time in a contract is not within 0 and 1000 s"
/* nanoseconds are meant */
#define SX_REFUSED_NO_PERIOD "no attribute with role PERIOD is declared beside it"
/* a share is a share of a period: declare it */
#define SX_REFUSED_NOT_YET "there is no value or old in a new class"
/* `.initial` is of other attributes, or a number */
#define SX_REFUSED_MAPPED_RANGE ".maps_to names an attribute without a range"
/* give that one `.minimum` and `.maximum` */
#define SX_REFUSED_MAPPED_HALF ".maps_to and .map go together"
/* give both or none */
#define SX_REFUSED_OTHERWISE ".otherwise needs .safe_when and .maps_to"
/* give all three */
#define SX_REFUSED_MAPPED_TO ".maps_to names no other attribute"
/* a name that is declared */
#define SX_REFUSED_DECLARED_MANY "more than %d attributes are declared"
/* declare fewer */
#define SX_REFUSED_UNREADABLE \
	"declarations are not readable: they are made by attribute(\"name\", ...), of constants"
/* `attribute()` at the top of the source, with constants */
#define SX_REFUSED_X_OPERATOR "no such operator (there are + - * / < <= > >= == != && || !)"
/* use one of those */
#define SX_REFUSED_X_LONG "too long"
/* a shorter expression */
#define SX_REFUSED_X_WIDE "more than 64 bits"
/* a smaller number */
#define SX_REFUSED_X_FRACTION "not an integer"
/* nanoseconds, or thousandths */
#define SX_REFUSED_X_NUMBER "not a number"
/* digits, or `0x` and digits */
#define SX_REFUSED_X_FUNCTION "no such function (there are min and max)"
/* use one of those */
#define SX_REFUSED_X_ATTRIBUTE "no such attribute (one with '-' or '.' stands in braces)"
/* a name that is declared */
#define SX_REFUSED_X_WORD "not understood"
/* an operator between two values */
#define SX_REFUSED_X_END "unexpected end"
/* what is missing behind it */
#define SX_REFUSED_X_DEEP "too deep"
/* fewer parentheses within parentheses */
#define SX_REFUSED_X_COMMA "',' is missing"
/* min() and max() take two */
#define SX_REFUSED_X_BRACKET "')' is missing"
/* as many `)` as `(` */

/* Table: What is asked for */

#define SX_REFUSED_NAME_FORM "\"%.100s\" is no name of the form %s"
/* letters, digits, `_`, `-`, `.`; a letter first; 31 at most in each part */
#define SX_REFUSED_ASKED_TIME "%s of %llu ns is not between %llu and %llu ns"
/* a time within them */
#define SX_REFUSED_HANDLER_PERIOD "a handler has no period"
/* 0: it runs when an event comes */
#define SX_REFUSED_CHANNEL_NAME "only an event channel has a second name"
/* one name */
#define SX_REFUSED_ASKED_NAME "\"%.31s\" is no attribute name"
/* letters, digits, `_`, `-`, `.`; a letter first; 31 at most */
#define SX_REFUSED_ASKED_RIGHTS "attribute %s: rights 0x%x are not an application's to give"
/* those of dionisys.h */
#define SX_REFUSED_ASKED_ROLE "attribute %s: only a manager gives roles"
/* leave the role out */
#define SX_REFUSED_ASKED_MANY "%u attributes, %u are allowed"
/* fewer */
#define SX_REFUSED_ASKED_TWICE "attribute %s is given twice"
/* give it once */
#define SX_REFUSED_ASKED_PROCESS "%d is no process id"
/* 0 for the caller, or the id of a process */

/* Table: What only the host knows: its CPU time */

#define SX_REFUSED_SUM \
	"sum of targets would be %.3g of a CPU with the %.3g asked for, %.3g is available, " \
	"%.3g is left"
/* a smaller target: the host has no more CPU time left */
#define SX_REFUSED_EXT_SUM \
	"time reserved for extensions would be %.4g %% of a CPU with the %.4g %% asked for, " \
	"%.4g %% is allowed, %.4g %% is left: ask for a smaller budget or a longer period"
/* do what it says */
#define SX_REFUSED_BOTH_SUMS \
	"targets with 1 %% for the scheduler and extensions' time together take %.4g of %.4g " \
	"CPUs that this host has for them, and what is asked for does not fit in the rest: ask " \
	"for less"
/* do what it says */
#define SX_REFUSED_BANDWIDTH \
	"the scheduler has no bandwidth left for %.3g of a CPU: of %.3g for contracts %.3g is " \
	"promised; the rest is with other deadline tasks, or with what has just ended, and %s"
/* a smaller target, or later; `ps -eo pid,cls` shows deadline tasks (`DLN`) */
#define SX_REFUSED_PASS \
	"%s %s: all programs that may be due at once would keep a CPU longer than this host " \
	"allows (pass_cap_us of module safex): ask for a smaller budget"
/* do that, or allow more time: safexd(8) */
#define SX_REFUSED_NO_TIME "%s %s: the host has not enough CPU time left"
/* a smaller target or budget: others were faster */
#define SX_REFUSED_STOPPED_HOST \
	"%s %s: the administrator has stopped safex on this host (parameter stopped of module " \
	"safex)"
/* ask the administrator */

/* Table: What only the host knows: the contract */

#define SX_REFUSED_INITIAL \
	"initial value of %s cannot be computed by service manager %s from those given: %s"
/* give that attribute a value of its own */
#define SX_REFUSED_ABOVE "%s of %s is above %s of %s"
/* a smaller first one, or a larger second */
#define SX_REFUSED_NOT_ABOVE "%s of %lld ns is not above 0"
/* give it a value */
#define SX_REFUSED_PERIOD \
	"%s of %s is not between 1 ms and 4.194304 s, which is the scheduler's limit"
/* a period within them */
#define SX_REFUSED_TARGET "%s of %s is below 10 us"
/* more time */
#define SX_REFUSED_PERIOD_TAKEN \
	"the scheduler takes no %s of %s: see kernel.sched_deadline_period_min_us and _max_us"
/* a period within them */
#define SX_REFUSED_RESERVED \
	"process %d has a SCHED_DEADLINE reservation already, its own or another contract's"
/* end that: a process has one (`chrt -p PID`) */
#define SX_REFUSED_PINNED \
	"process %d may not run on all CPUs (taskset, cpuset): a contract needs that, and it " \
	"can't be bound to some afterwards"
/* unpin it (`taskset -cp`), in a cpuset with all CPUs */
#define SX_REFUSED_MANAGERS "attribute %s is the manager's to set"
/* leave it out */
#define SX_REFUSED_ATTRS "more than %d attributes with the manager's"
/* declare fewer */
#define SX_REFUSED_TICK "period of %llu ns is shorter than service manager %s's tick of %llu ns"
/* a period of at least one tick, 10 ms by default */
#define SX_REFUSED_TIME "%s %s: a time is outside its range"
/* a budget of 1 us to 10 ms, a period to 10 s */
#define SX_REFUSED_NO_PROCESS "process %d does not exist or has ended"
/* the id of a process of this host */
#define SX_REFUSED_THREAD \
	"%d is not the id of a process: it is that of a thread, or of a process that has ended"
/* the id of the process: getpid() */
#define SX_REFUSED_OTHER_PROCESS \
	"process %d is not the one that the nameserver means: that has ended, or safexd runs " \
	"in another pid namespace"
/* again, or safexd outside of containers */
#define SX_REFUSED_OTHERS_PROCESS "process %d belongs to user %u, not to user %u%s"
/* only the owner and root give a process a contract */
#define SX_REFUSED_HIDDEN \
	"whose process %d is cannot be seen: /proc hides it from safexd (%s). Where it is " \
	"mounted with hidepid, also give gid=GROUP, a group that safexd's user is in"
/* ask the administrator for that */
#define SX_REFUSED_OTHERS "%s %s belongs to user %u, not to user %u"
/* only the owner and root change it */
#define SX_REFUSED_MAY_NOT "user %u may not %s %s)"
/* ask the administrator for the group, or the option */
#define SX_REFUSED_UNREADABLE_LIMIT \
	"process %d: %s cannot be read, so nobody knows whether a contract would lead beyond " \
	"it (is /proc mounted with hidepid? see safexd(8)); "
/* ask the administrator for that */
#define SX_REFUSED_CPU_MAX \
	"process %d is in cgroup %s, whose CPU time is limited (cpu.max %.*s): what a contract " \
	"gives is not counted there; "
/* run it elsewhere, or the option that the line names */
#define SX_REFUSED_CPU_IDLE "process %d is in cgroup %s, which is for idle time only (cpu.idle); "
/* run it elsewhere, or the option that the line names */
#define SX_REFUSED_SCHED_IDLE \
	"process %d has policy SCHED_IDLE, and its RLIMIT_NICE does not let it go back; "
/* start it without, or the option that the line names */
#define SX_REFUSED_NICE \
	"process %d has nice value %ld, and its RLIMIT_NICE does not let it go back to 0; "
/* start it at 0, or the option that the line names */

/* Table: What only the host knows: what there is */

#define SX_REFUSED_NO_CLASS "attribute class 0x%llx of service manager %s does not exist"
/* its creator has ended; `dionisysctl list` shows what there is */
#define SX_REFUSED_MISSING "%s %s does not exist"
/* `dionisysctl list` shows what there is */
#define SX_REFUSED_EXISTS "%s %s exists already"
/* another name, or end it first */
#define SX_REFUSED_LEAVING "%s %s is just being removed: try again"
/* do what it says */
#define SX_REFUSED_COMING "%s %s is just being made"
/* it exists in a moment */
#define SX_REFUSED_REMOVED "%s %s was removed while it was prepared"
/* make it again, if that was not meant */
#define SX_REFUSED_HOST_FULL "this host has %d objects, and no room for more"
/* end what is not needed */
#define SX_REFUSED_USER_FULL "user %u has %d objects on this host, and may not have more"
/* end what is not needed */
#define SX_REFUSED_FOR_ROOT "this host has %u objects; the last %d places are kept for root"
/* end what is not needed */
#define SX_REFUSED_FOR_OTHERS \
	"this host has %u objects, %u of user %u; the last %u places are kept for root, and " \
	"for users who have fewer than %d"
/* end what is not needed */
#define SX_REFUSED_KERNEL_FULL "%s %s: the kernel has no room for more objects"
/* end what is not needed */
#define SX_REFUSED_OPENED \
	"%s %s is open %d times, and may not be once more: close one, or pass it on"
/* do what it says */
#define SX_REFUSED_ENDED "process %d has ended"
/* a process that runs */
#define SX_REFUSED_RIGHTS_MISSING "%s %s uses attributes without the right"
/* compile it for this class */
#define SX_REFUSED_USED "%s %s is in use"
/* end what uses it */
#define SX_REFUSED_KERNEL "%s %s: kernel says: %s"
/* the verifier or the kernel; safexd's log has all of it */
#define SX_REFUSED_KERNEL_SILENT "kernel does not answer: %s"
/* load module safex; safexd's log says why */
#define SX_REFUSED_CLASS_GONE "attribute class 0x%llx of %s does not exist"
/* its creator has ended; `dionisysctl list` shows what there is */
#define SX_REFUSED_ENDING "%s %s is being removed: %s"
/* make it again */
#define SX_REFUSED_SAFEXD_ENDS "safexd is ending"
/* try again when it has started */
#define SX_REFUSED_ELSEWHERE "%s %s does not exist on this host"
/* `dionisysctl list` shows what there is, and where */
#define SX_REFUSED_USED_BY "%s %s is in use by %s %s"
/* end that first */

/* Table: What only the host knows: what it is doing now */

#define SX_REFUSED_BUSY_COMPILES "%s: too many compiles wait"
/* the library tries again; a longer deadline; `DRetryAfter()` has the time in ms */
#define SX_REFUSED_BUSY_LOADER "%s: too much waits for the loader"
/* the same */
#define SX_REFUSED_BUSY_MEMBERS \
	"the user database of this host does not answer whether user %u is in group %s"
/* look at nsswitch.conf, LDAP */
#define SX_REFUSED_PREPARED "%s is still being prepared"
/* try again */
#define SX_REFUSED_NOT_RUNNING "%s %s does not run yet: try again"
/* do what it says */
#define SX_REFUSED_PROBATION "%s %s: version %u is on probation: try again later"
/* `dionisysctl replace --wait` tells how it ends */

#endif
