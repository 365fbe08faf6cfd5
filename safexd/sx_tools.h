/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SX_TOOLS_H
#define SX_TOOLS_H

/* Paths inside the sandbox. */
#define SX_IN_CLANG	"/clang"
#define SX_IN_SDK	"/sdk"
#define SX_IN_RESOURCE	"/resource"

#endif
