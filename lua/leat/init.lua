-- SPDX-License-Identifier: MIT
-- init.lua - the module: assembles what scripts see; no logic of its own.
local core = require "leat.core"

local pairs, require, setmetatable = pairs, require, setmetatable
_ENV = nil -- no globals below this line

core.parser(function(text) return require "leat.expr".path(text) end)

-- For the command line and the specs, not for scripts.
local PRIVATE <const> = { operators = true, open_count = true, skipped = true, nearest = true,
  parser = true, read_once = true, names = true, words = true }

local leat = {}
for name, value in pairs(core) do
  if not PRIVATE[name] then leat[name] = value end
end

-- What few scripts need is loaded when it is asked for.
return setmetatable(leat, {
  __index = function(_, name)
    if name == "testing" then return require "leat.testing" end
  end,
})
