-- SPDX-License-Identifier: MIT
-- transcript.lua - runs what a document shows, as its reader would: in a folder that holds all of
-- the project but keeps what is written, with `leat` on the PATH.
local lfs = require "lfs"
local helper = require "spec.support.helper"

local transcript = {}

local ROOT <const> = lfs.currentdir()

-- The executable of the flavour that is tested, and what stands for a plain lua5.4: a sanitized
-- core.so needs an executable that is sanitized, too.
local BIN <const> = (function()
  local path = os.getenv "LEAT_BIN" or "build/leat"
  return path:sub(1, 1) == "/" and path or ROOT .. "/" .. path
end)()
local LUA <const> = os.getenv "LEAT_FLAVOUR" == "asan" and BIN or os.getenv "LUA" or "lua5.4"

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
transcript.quote = quote

-- A new folder with links to everything of the project, removed after the test.
local function new_folder()
  local folder = helper.folder()
  for _, name in ipairs(helper.names(ROOT)) do
    assert(lfs.link(ROOT .. "/" .. name, folder .. "/" .. name, true))
  end
  assert(lfs.mkdir(folder .. "/.bin"))
  assert(lfs.link(BIN, folder .. "/.bin/leat", true))
  return folder
end

-- Runs commands one after another in one shell -> a list of what each printed, on either stream,
-- and the exit code of the last. LUA_CPATH is the specs' own: the flavour under test.
function transcript.run(commands)
  local folder = new_folder()
  local script = { ("cd %s; PATH=$PWD/.bin:$PATH"):format(quote(folder)) }
  local lua = LUA:find "/" and "plain_lua() { " .. quote(LUA) .. ' "$@"; }'
    or "plain_lua() { " .. LUA .. ' "$@"; }'
  script[#script + 1] = lua
  script[#script + 1] = 'export LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;${LUA_PATH:-;}"'
  for i, command in ipairs(commands) do
    script[#script + 1] = ("{ %s\n} > .out%d 2>&1"):format(command, i)
  end
  local path = helper.write(folder .. "/.script", table.concat(script, "\n") .. "\n")
  local _, how, code = os.execute("sh " .. quote(path) .. " < /dev/null")
  if how == "signal" then code = 128 + code end
  local outputs = {}
  for i in ipairs(commands) do outputs[i] = helper.read(folder .. "/.out" .. i) end
  return outputs, code
end

-- Runs one command -> what it printed, exit code.
function transcript.output(command)
  local printed, code = transcript.run { command }
  return printed[1], code
end

-- Runs Lua code in a file called `name` -> what it printed, exit code. Code that requires leat
-- runs in a plain lua5.4, other code as a script of leat.
function transcript.lua(code, name)
  local plain = code:find('require "leat"', 1, true)
  local path = helper.file(code, name)
  return transcript.output((plain and "plain_lua " or "leat ") .. quote(path))
end

return transcript
