/* SPDX-License-Identifier: MIT
 * operators.c - the table behind the list in operators.h.
 */
#include "op.h"
#include "progress.h"

const struct op operators[OPERATOR_COUNT] = {
#define OP_ROW(id, kind, signature, holds, doc) \
  { #id, OP_##kind, signature, holds, doc, &steps_##id },
  OPERATORS(OP_ROW)
#undef OP_ROW
};

static const struct steps steps_emit = { .give_kind = GIVE_EMIT, .given = progress_given };
const struct op op_emit = { "next", OP_INTERNAL, "next()", "1", "hands out items", &steps_emit };
