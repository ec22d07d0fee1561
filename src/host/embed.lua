-- SPDX-License-Identifier: MIT
-- embed.lua - Lua modules as a C file, for the one self-contained executable:
--   lua5.4 src/host/embed.lua OUTPUT lua/leat/init.lua ...
-- The text goes in whole, so errors in a module name its line; see modules.h for the table.

local function module_name(path)
  local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")
  return (name:gsub("%.init$", ""))
end

local output = assert(io.open(arg[1], "w"))
output:write '/* Made by src/host/embed.lua. */\n#include "host/modules.h"\n\n'

local rows = {}
for i = 2, #arg do
  local file = assert(io.open(arg[i], "rb"))
  local text = file:read "a"
  file:close()
  output:write("static const unsigned char text_", i, "[] = {")
  for at = 1, #text do
    output:write(at % 20 == 1 and "\n  " or "", text:byte(at), ",")
  end
  output:write "0\n};\n"
  rows[#rows + 1] = ('  { "%s", "@%s", (const char *)text_%d, %d },\n'):format(
    module_name(arg[i]), arg[i]:gsub("^lua/", ""), i, #text)
end

output:write("\nconst struct embedded_module embedded_modules[] = {\n", table.concat(rows),
  "  { NULL, NULL, NULL, 0 }\n};\n")
output:close()
