/* SPDX-License-Identifier: MIT
 * capability.c - the errors of what a host has not allowed; see capability.h.
 */
#include "capability.h"

#include "failure.h"

void capability_push_error (lua_State *L, const char *what, enum capability capability) {
  const char *action = "this", *name = "this";
  switch (capability) {
    case CAPABILITY_READ: action = "reading files", name = "files read"; break;
    case CAPABILITY_WRITE: action = "writing files", name = "files write"; break;
    case CAPABILITY_PROCESSES: action = "starting programs", name = "processes"; break;
    case CAPABILITY_NETWORK: action = "using the network", name = "network"; break;
    case CAPABILITY_ENVIRONMENT:
      action = "reading environment variables", name = "environment";
      break;
    case CAPABILITY_ALL: action = "loading native code", name = "everything"; break;
  }
  failure_push(L, LEAT_E_DENIED,
               "%s: %s is not allowed to scripts here; the host has to allow the capability "
               "'%s'", what, action, name);
  failure_set_place(L);
}

void capability_check (lua_State *L, const struct state *g, const char *what,
                       enum capability capability) {
  if (!capability_denied(g, capability)) return;
  capability_push_error(L, what, capability);
  lua_error(L);
}
