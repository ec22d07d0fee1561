/* SPDX-License-Identifier: MIT
 * pipeline.h - the methods of pipelines and generators.
 */
#ifndef LEAT_BINDING_PIPELINE_H
#define LEAT_BINDING_PIPELINE_H

#include "core/run.h"

/* Registers the metatables of pipelines and generators; the module table is on top and
 * gets the sources and combining functions. `state` is at index `state`. */
void pipeline_open (lua_State *L, int state);

/* Adds a terminal that is on no list: p:name(...) runs the pipeline with it. The struct must
 * outlive the state. Raises where a method has the name. */
void pipeline_add_terminal (lua_State *L, const struct op *op);

/* Adds next, send, throw, peek, close, status to the methods table on top. */
void generator_methods (lua_State *L, int state);
/* The method close: the generator is at index 1. */
int generator_close (lua_State *L);
/* Metamethods of generators, set into the metatable on top. */
void generator_metamethods (lua_State *L, int state);

#endif
