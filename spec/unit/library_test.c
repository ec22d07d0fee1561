/* SPDX-License-Identifier: MIT
 * library_test.c - a sandbox's string and table functions beside Lua's own, which they have to
 * agree with: on corner cases, and on patterns and subjects made at random.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "host/library.h"

static const char corner_cases[] =
  "local cases = {\n"
  "  {'', ''}, {'', '^$'}, {'abc', '', 4}, {'abc', '', 5}, {'abc', '$', -10}, {'abc', 'c', -1},\n"
  "  {'a\\0b\\0', '%z'}, {'a\\0b', '\\0'}, {'a\\0b', '[^\\0]+$'}, {'a.b', '.', 2}, {'a.b', '%.'},\n"
  "  {'a]b', '[]]'}, {'a]b', '[^]]+'}, {'a-b', '[a-]+'}, {'a-b', '[-a]+'}, {'a%b', '[%%]'},\n"
  "  {'ab', '[%a-z]+'}, {'a^b', '[b^]+'}, {'x', '[a-%%]'}, {'x', '[%]'}, {'x', '['}, {'x', '[^'},\n"
  "  {'x', '[]'}, {'x', '[^]'}, {'x', '%'}, {'x', '('}, {'x', ')'}, {'x', '(()'}, {'x', '(x'},\n"
  "  {'x', 'x)'}, {'x', '%1'}, {'xx', '(x)%1'}, {'xx', '(x%1)'}, {'xx', '()%1'}, {'x', '%0'},\n"
  "  {'x', '%9'}, {'x', '%b'}, {'x', '%bx'}, {'(()', '%b()'}, {'((a)b)c', '%b()'},\n"
  "  {'xaxbx', '%bxx'}, {'x', '%f'}, {'x', '%fx'}, {'THE (quick) fox', '%f[%a]%a+%f[%A]'},\n"
  "  {'x', '%f[x]x%f[%z]'}, {'x', '%f['}, {'aaa', 'a-$'}, {'aaa', 'a-'}, {'aaa', '^a-b'},\n"
  "  {'aXb', '%u'}, {'aXb', '%U+'}, {'a b', '%S+%s'}, {'\\200\\201', '[\\200-\\201]+'},\n"
  "  {'abc', 'a*?'}, {'a*', 'a**'}, {'a+', 'a?+'}, {'x^y', 'x^y'}, {'x$y', 'x$y'}, {'$', '^$$'},\n"
  "  {'hello world', 'o w', 1}, {'aaa', ('(a)'):rep(32)}, {('a'):rep(33), ('(a)'):rep(33)},\n"
  "  {('a'):rep(300), ('a?'):rep(199)}, {('a'):rep(300), ('a?'):rep(200)},\n"
  "  {('a'):rep(300), ('a?'):rep(201)}, {('x'):rep(30), ('x-'):rep(3) .. 'y?$'},\n"
  "  {'key = value', '^(%w+)%s*=%s*(%w+)$'}, {'a,b,,c', '([^,]*)'}, {'abc', '()b()'},\n"
  "}\n"
  "local replacements = {'', 'x', '%0', '%1', '%2', '%%', '%', '%a', '<%0|%1>', 7, 1.5,\n"
  "  {}, {a = 'A', b = false, x = 1, [2] = 'two'}, {a = {}}, string.upper, function() end,\n"
  "  function() return false end, function(...) return select('#', ...) end,\n"
  "  function() return {} end, function() error 'mine' end}\n"
  "for _, c in ipairs(cases) do compare(c[1], c[2], c[3], replacements) end\n";

static const char at_random[] =
  "local rounds = ...\n"
  "local pieces = {'a', 'b', 'c', '.', '%a', '%d', '%s', '%w', '%A', '%p', '[ab]', '[^a]',\n"
  "  '[a-c]', '[%a_]', '[^%s]', '(', ')', '(', ')', '()', '%1', '%2', '^', '$', '*', '+', '-',\n"
  "  '?', '*', '+', '-', '?', '%b()', '%bab', '%f[%a]', '%f[^a]', '%', '[', ']', '%f', '%b',\n"
  "  '%.', ' ', '_', '\\0', '1', '[]]', '[a-', '(a*)', '(.-)', '%%'}\n"
  "local letters = {'a', 'b', 'c', 'a', 'b', '(', ')', '1', ' ', '_', '.', '%', '\\0', '\\233',\n"
  "  '-'}\n"
  "local function text(list, most)\n"
  "  local t = {}\n"
  "  for i = 1, math.random(0, most) do t[i] = list[math.random(#list)] end\n"
  "  return table.concat(t)\n"
  "end\n"
  "local replacements = {'<%0>', '%1', '%2x', {a = 'A', ab = 1, [1] = 'p'},\n"
  "  function(a, b) return b or a ~= 'b' and a end}\n"
  "for _ = 1, rounds do\n"
  "  local init = math.random(5) == 1 and math.random(-12, 12) or nil\n"
  "  compare(text(letters, 14), text(pieces, 7), init,\n"
  "    {replacements[math.random(#replacements)]})\n"
  "end\n";

static const char tables[] =
  "local function list(n) local t = {} for i = 1, n do t[i] = math.random(20) end return t end\n"
  "local function both(name, ...)\n"
  "  local copies = {list(6), list(6)}\n"
  "  for i = 1, 6 do copies[2][i] = copies[1][i] end\n"
  "  local a = table.pack(pcall(table[name], copies[1], ...))\n"
  "  local b = table.pack(pcall(ours_table[name], copies[2], ...))\n"
  "  for i, r in ipairs {a, b} do\n"
  "    for k = 1, r.n do r[k] = r[k] == copies[i] and 'itself' or tostring(r[k]) end\n"
  "    r[2] = r[2] and r[2]:gsub(\"#%d to '[^']*'\", 'to it')\n"
  "    local rest = {}\n"
  "    for k, v in pairs(copies[i]) do rest[#rest + 1] = k .. '=' .. tostring(v) end\n"
  "    table.sort(rest)\n"
  "    r[r.n + 1] = table.concat(rest, ' ')\n"
  "  end\n"
  "  check(table.concat(a, '|') == table.concat(b, '|'), name .. ' ' .. table.concat(a, '|') ..\n"
  "    ' but ' .. table.concat(b, '|'))\n"
  "end\n"
  "for i = -1, 9 do\n"
  "  both('insert', i, 'x') both('remove', i) both('concat', ',', i) both('unpack', i)\n"
  "  for k = -1, 9 do\n"
  "    both('concat', '', i, k) both('unpack', i, k) both('move', i, k, 3) both('move', 2, 4, i)\n"
  "    both('move', i, k, math.maxinteger - 1) both('move', i, math.maxinteger, 20)\n"
  "  end\n"
  "end\n"
  "both('insert') both('insert', 1) both('insert', 1, 2, 3) both('remove') both('concat')\n"
  "both('sort') both('sort', function(a, b) return a > b end) both('sort', 1)\n"
  "both('sort', rawequal)\n"
  "both('sort', math.ult) both('concat', {}) both('insert', 'x', 1) both('move', 1)\n"
  "both('concat', '', math.maxinteger, math.maxinteger) both('unpack', 1, 1e8)\n"
  "both('move', 1, 2, 1, {})\n";

static const char harness[] =
  "local passed, failed = 0, 0\n"
  "function check(ok, what)\n"
  "  if ok then passed = passed + 1 return end\n"
  "  failed = failed + 1\n"
  "  if failed < 20 then io.stderr:write('FAILED: ', what, '\\n') end\n"
  "end\n"
  "local function same(a, b)\n"
  "  if a.n ~= b.n then return false end\n"
  "  for i = 1, a.n do\n"
  "    if a[i] ~= b[i] or math.type(a[i]) ~= math.type(b[i]) then return false end\n"
  "  end\n"
  "  return true\n"
  "end\n"
  "local function text(r)\n"
  "  local t = {}\n"
  "  for i = 1, r.n do t[i] = ('%q'):format(r[i]) end\n"
  "  return table.concat(t, ' ')\n"
  "end\n"
  "local function all(gmatch, s, p, init)\n"
  "  local found = {n = 0}\n"
  "  for a, b, c in gmatch(s, p, init) do\n"
  "    found[found.n + 1], found[found.n + 2], found[found.n + 3] = a, b or 0, c or 0\n"
  "    found.n = found.n + 3\n"
  "  end\n"
  "  return table.unpack(found, 1, found.n)\n"
  "end\n"
  "local function both(what, s, p, f, g, ...)\n"
  "  local a, b = table.pack(pcall(f, ...)), table.pack(pcall(g, ...))\n"
  "  check(same(a, b), ('%s of %q in %q: %s but %s'):format(what, p, s, text(a), text(b)))\n"
  "end\n"
  "function compare(s, p, init, replacements)\n"
  "  both('find', s, p, string.find, ours.find, s, p, init)\n"
  "  both('plain find', s, p, string.find, ours.find, s, p, init, true)\n"
  "  both('match', s, p, string.match, ours.match, s, p, init)\n"
  "  both('gmatch', s, p, function(...) return all(string.gmatch, ...) end,\n"
  "    function(...) return all(ours.gmatch, ...) end, s, p, init)\n"
  "  for _, r in ipairs(replacements) do\n"
  "    both('gsub', s, p, string.gsub, ours.gsub, s, p, r, init and math.abs(init))\n"
  "  end\n"
  "end\n"
  "function counts() return passed, failed end\n";

static void run (lua_State *L, const char *text, lua_Integer argument) {
  lua_pushinteger(L, argument);
  if (luaL_loadstring(L, text) != LUA_OK) lua_error(L);
  lua_insert(L, -2);
  lua_call(L, 1, 0);
}

/* Makes the library of a sandbox the global `name`. */
static void put (lua_State *L, const char *of, const char *name,
                 void (*library)(lua_State *, struct state *)) {
  struct state *g = state_push(L);
  lua_getglobal(L, of);
  lua_newtable(L);
  library(L, g);
  lua_setglobal(L, name);
  lua_pop(L, 2);
}

static int test (lua_State *L) {
  luaL_openlibs(L);
  put(L, "string", "ours", library_string);
  put(L, "table", "ours_table", library_table);
  run(L, "math.randomseed(17)", 0);
  run(L, harness, 0);
  run(L, corner_cases, 0);
  run(L, at_random, 100000);
  run(L, tables, 0);
  lua_getglobal(L, "counts");
  lua_call(L, 0, 2);
  return 2;
}

int main (void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 2;
  lua_pushcfunction(L, test);
  if (lua_pcall(L, 0, 2, 0) != LUA_OK) {
    fprintf(stderr, "FAILED: %s\n", lua_tostring(L, -1));
    lua_close(L);
    return 1;
  }
  long long passed = lua_tointeger(L, -2), failed = lua_tointeger(L, -1);
  lua_close(L);
  printf("%lld passed, %lld failed\n", passed, failed);
  return failed > 0;
}
