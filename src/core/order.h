/* SPDX-License-Identifier: MIT
 * order.h - the order of items: false < true < numbers < strings (by bytes).
 *
 * Null and NaN are in no order: they come last whichever way one sorts, so min and
 * max pass over them. Other values are an item error.
 */
#ifndef LEAT_CORE_ORDER_H
#define LEAT_CORE_ORDER_H

#include <stdbool.h>

#include <lua.h>

/* Is the value at `index` one that comes last? */
bool order_is_last (lua_State *L, int index);
/* Has the value at `index` a place in the order? */
bool order_has (lua_State *L, int index);
/* Is the value at `a` before the value at `b`? Both have a place and are not last. */
bool order_less (lua_State *L, int a, int b);

#endif
