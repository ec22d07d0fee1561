-- SPDX-License-Identifier: MIT
-- visible.lua - text without what would act on a terminal: data may hold escape sequences.

local ESCAPES <const> = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }

local function byte_escape(c) return ESCAPES[c] or ("\\x%02X"):format(c:byte()) end
local function point_escape(c) return ("\\u{%X}"):format(utf8.codepoint(c)) end

-- (text[, lines]) -> text in which control characters, what is no UTF-8, and what turns the
-- direction of writing round are written as escapes. With `lines`, line ends and tabs stay.
return function(text, lines)
  text = text:gsub(lines and "[%z\1-\8\11-\31\127]" or "[%z\1-\31\127]", byte_escape)
  if not text:find "[\x80-\xff]" then return text end
  local parts, at = {}, 1
  while at <= #text do
    local _, bad = utf8.len(text, at)
    parts[#parts + 1] = text:sub(at, (bad or #text + 1) - 1)
      :gsub("\xc2[\x80-\x9f]", point_escape) -- U+0080 to U+009F
      :gsub("\xe2\x80[\xaa-\xae]", point_escape):gsub("\xe2\x81[\xa6-\xa9]", point_escape)
    if bad then parts[#parts + 1] = byte_escape(text:sub(bad, bad)) end
    at = (bad or #text) + 1
  end
  return table.concat(parts)
end
