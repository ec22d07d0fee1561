/* SPDX-License-Identifier: MIT
 * check.h - laws checked while leat runs, in every flavour but release.
 *
 * A law that does not hold ends the process: it is a mistake in leat, and what comes
 * after cannot be trusted. Release builds (NDEBUG) check nothing and end nothing.
 */
#ifndef LEAT_CORE_CHECK_H
#define LEAT_CORE_CHECK_H

#ifdef NDEBUG
#define LEAT_ASSERT(condition, law) ((void)0)
#else
#include <assert.h>
#define LEAT_ASSERT(condition, law) assert((condition) && (law))
#endif

#endif
