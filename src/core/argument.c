/* SPDX-License-Identifier: MIT
 * argument.c - checks of arguments; the contract is in argument.h.
 */
#include "argument.h"

#include <stdarg.h>
#include <string.h>

#include <lauxlib.h>

/* A guess further than this from what was typed misleads more than it helps; of short names every
 * other one is near. */
#define FARTHEST 2
#define LETTERS_TO_A_FAULT 3
#define LONGEST 32

int argument_fail (lua_State *L, const struct recipe *r, const char *format, ...) {
  va_list arguments;
  luaL_where(L, 1);
  lua_pushfstring(L, "%s: ", r->op->name);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_concat(L, 3);
  return lua_error(L);
}

const char *argument_type (lua_State *L, int index) {
  static const char own[] = "leat.";
  const char *name = luaL_typename(L, index);
  if (lua_type(L, index) != LUA_TUSERDATA) return name;
  int type = luaL_getmetafield(L, index, "__name");
  if (type == LUA_TSTRING) name = lua_tostring(L, -1); /* the metatable keeps it */
  if (type != LUA_TNIL) lua_pop(L, 1);
  return strncmp(name, own, sizeof own - 1) == 0 ? name + sizeof own - 1 : name;
}

/* Bytes of a string in a message. */
#define STRING_SHOWN 60

const char *argument_push_shown (lua_State *L, int index) {
  size_t length;
  index = lua_absindex(L, index);
  switch (lua_type(L, index)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, index, &length);
      if (length <= STRING_SHOWN) return lua_pushfstring(L, "\"%s\"", text);
      length = STRING_SHOWN;
      while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length--; /* UTF-8 */
      lua_pushlstring(L, text, length);
      lua_pushfstring(L, "\"%s...\"", lua_tostring(L, -1));
      lua_remove(L, -2);
      return lua_tostring(L, -1);
    }
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER: return luaL_tolstring(L, index, NULL);
    default: return lua_pushstring(L, argument_type(L, index));
  }
}

bool argument_given (lua_State *L, int index) {
  return index < lua_gettop(L) && !lua_isnoneornil(L, index);
}

void argument_at_most (lua_State *L, const struct recipe *r, int first, int most) {
  int given = lua_gettop(L) - first;
  if (given > most)
    argument_fail(L, r, "at most %d argument%s expected, got %d", most, most == 1 ? "" : "s",
                  given);
}

lua_Integer argument_integer (lua_State *L, const struct recipe *r, int index, const char *name,
                              lua_Integer least) {
  int is_integer = 0;
  bool present = index < lua_gettop(L);
  lua_Integer value = 0;
  if (present && lua_type(L, index) == LUA_TNUMBER) value = lua_tointegerx(L, index, &is_integer);
  if (!is_integer) {
    argument_fail(L, r, "%s must be a whole number, got %s", name,
                  present ? argument_push_shown(L, index) : "nothing");
  }
  if (value < least)
    argument_fail(L, r, "%s must be %I or more, got %I", name, (LUAI_UACINT)least,
                  (LUAI_UACINT)value);
  return value;
}

/* Upper and lower case are the same, whatever the locale is. */
static bool same_letter (char a, char b) {
  if (a >= 'A' && a <= 'Z') a = (char)(a + 'a' - 'A');
  if (b >= 'A' && b <= 'Z') b = (char)(b + 'a' - 'A');
  return a == b;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b: Damerau-Levenshtein
 * in its optimal string alignment form; names are short. */
static size_t distance (const char *a, const char *b) {
  size_t rows[3][LONGEST + 1];
  size_t la = strlen(a), lb = strlen(b);
  if (la > LONGEST || lb > LONGEST) return LONGEST;
  size_t *before = rows[0], *last = rows[1], *row = rows[2];
  for (size_t j = 0; j <= lb; j++) last[j] = j;
  for (size_t i = 1; i <= la; i++) {
    row[0] = i;
    for (size_t j = 1; j <= lb; j++) {
      size_t cost = same_letter(a[i - 1], b[j - 1]) ? 0 : 1;
      size_t best = last[j - 1] + cost;
      if (last[j] + 1 < best) best = last[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      bool swapped = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                     same_letter(a[i - 2], b[j - 1]);
      if (swapped && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
    }
    size_t *free_row = before;
    before = last;
    last = row;
    row = free_row;
  }
  return last[lb];
}

const char *argument_nearest (const char *typed, const char *const *names, size_t count) {
  const char *nearest = NULL;
  size_t typed_length = strlen(typed);
  size_t least = FARTHEST + 1;
  for (size_t i = 0; i < count && names[i] != NULL; i++) {
    size_t d = distance(typed, names[i]), length = strlen(names[i]);
    size_t longer = length > typed_length ? length : typed_length;
    if (d < least && d < length && (d == 1 || d <= longer / LETTERS_TO_A_FAULT)) {
      least = d;
      nearest = names[i];
    }
  }
  return nearest;
}

/* Raises "no option 'key'", with what to use instead. */
static void refuse_option (lua_State *L, const struct recipe *r, const char *key,
                           const char *const *names, size_t count) {
  const char *nearest = argument_nearest(key, names, count);
  if (nearest != NULL) argument_fail(L, r, "no option '%s'; did you mean '%s'?", key, nearest);
  if (count == 0) argument_fail(L, r, "no option '%s'; it takes no options", key);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) luaL_addlstring(&list, ", ", 2);
    luaL_addstring(&list, names[i]);
  }
  luaL_pushresult(&list);
  argument_fail(L, r, "no option '%s'; options: %s", key, lua_tostring(L, -1));
}

bool argument_options (lua_State *L, const struct recipe *r, int index,
                       const char *const *names) {
  size_t count = 0;
  if (!argument_given(L, index)) return false;
  if (lua_type(L, index) != LUA_TTABLE)
    argument_fail(L, r, "options must be a table, got %s", argument_type(L, index));
  while (names[count] != NULL) count++;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    bool known = false;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    for (size_t i = 0; key != NULL && i < count; i++)
      if (strcmp(key, names[i]) == 0) known = true;
    if (!known) refuse_option(L, r, luaL_tolstring(L, -2, NULL), names, count);
    lua_pop(L, 1);
  }
  return true;
}

lua_Integer argument_option_integer (lua_State *L, const struct recipe *r, int options,
                                     const char *name, lua_Integer least, lua_Integer most) {
  int is_integer = 0;
  lua_Integer value = 0;
  if (lua_getfield(L, options, name) != LUA_TNIL) {
    if (lua_type(L, -1) == LUA_TNUMBER) value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || value < least || value > most) {
      const char *got = argument_push_shown(L, -1);
      if (most == LUA_MAXINTEGER)
        argument_fail(L, r, "option %s must be a whole number of %I or more, got %s", name,
                      (LUAI_UACINT)least, got);
      argument_fail(L, r, "option %s must be a whole number from %I to %I, got %s", name,
                    (LUAI_UACINT)least, (LUAI_UACINT)most, got);
    }
  }
  lua_pop(L, 1);
  return value;
}

bool argument_option_flag (lua_State *L, const struct recipe *r, int options, const char *name) {
  int type = lua_getfield(L, options, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    argument_fail(L, r, "option %s must be true or false, got %s", name,
                  argument_push_shown(L, -1));
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* Pushes "a", "b" or "c"; with `also` behind them. */
static const char *push_choices (lua_State *L, const char *const *choices, const char *also) {
  lua_pushfstring(L, "\"%s\"", choices[0]);
  for (int i = 1; choices[i] != NULL; i++) {
    bool last = choices[i + 1] == NULL && also == NULL;
    lua_pushfstring(L, "%s%s\"%s\"", lua_tostring(L, -1), last ? " or " : ", ", choices[i]);
  }
  if (also != NULL) lua_pushfstring(L, "%s or %s", lua_tostring(L, -1), also);
  return lua_tostring(L, -1);
}

int argument_choice (lua_State *L, const struct recipe *r, int index, const char *name,
                     const char *const *choices, const char *also) {
  bool present = index < 0 || index < lua_gettop(L);
  const char *given = present && lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
  int choice = 0;
  while (choices[choice] != NULL && (given == NULL || strcmp(given, choices[choice]) != 0))
    choice++;
  if (choices[choice] != NULL) return choice;
  const char *got = present && !lua_isnil(L, index) ? argument_push_shown(L, index) : "nothing";
  const char *nearest = given != NULL ? argument_nearest(given, choices, (size_t)choice) : NULL;
  push_choices(L, choices, also);
  if (nearest != NULL)
    argument_fail(L, r, "%s must be %s, got %s; did you mean \"%s\"?", name, lua_tostring(L, -1),
                  got, nearest);
  argument_fail(L, r, "%s must be %s, got %s", name, lua_tostring(L, -1), got);
  return 0;
}

int argument_option_choice (lua_State *L, const struct recipe *r, int options, const char *name,
                            const char *const *choices) {
  int choice = 0, top = lua_gettop(L);
  if (lua_getfield(L, options, name) != LUA_TNIL) {
    lua_pushfstring(L, "option %s", name);
    choice = argument_choice(L, r, -2, lua_tostring(L, -1), choices, NULL);
  }
  lua_settop(L, top);
  return choice;
}

unsigned char argument_option_byte (lua_State *L, const struct recipe *r, int options,
                                    const char *name, unsigned char byte, bool *has) {
  size_t length;
  int type = lua_getfield(L, options, name);
  if (type == LUA_TBOOLEAN && !lua_toboolean(L, -1) && has != NULL) *has = false;
  else if (type != LUA_TNIL) {
    const char *text = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    if (text == NULL || length != 1 || *text == '\n' || *text == '\r')
      argument_fail(L, r, "option %s must be a string of one byte and no line end, got %s", name,
                    argument_push_shown(L, -1));
    byte = (unsigned char)*text;
    if (has != NULL) *has = true;
  }
  lua_pop(L, 1);
  return byte;
}

bool argument_option_strings (lua_State *L, const struct recipe *r, int options,
                              const char *name, bool one_will_do) {
  int type = lua_getfield(L, options, name);
  if (type == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    return false;
  }
  lua_newtable(L);
  lua_insert(L, -2); /* the copy, what is given */
  if (one_will_do && type == LUA_TSTRING) {
    lua_rawseti(L, -2, 1);
    return true;
  }
  lua_Integer n = type == LUA_TTABLE ? luaL_len(L, -1) : 0;
  if (n == 0) argument_fail(L, r, "option %s must be a list of strings, got %s", name,
                            type == LUA_TTABLE ? "an empty one" : argument_push_shown(L, -1));
  for (lua_Integer i = 1; i <= n; i++) {
    if (lua_geti(L, -1, i) != LUA_TSTRING)
      argument_fail(L, r, "option %s must be a list of strings; element %d is a %s", name, (int)i,
                    argument_type(L, -1));
    lua_rawseti(L, -3, i);
  }
  lua_pop(L, 1);
  return true;
}
