-- SPDX-License-Identifier: MIT
-- report.lua - busted's output for leat: failures as they happen, reasons of what was skipped,
-- one line of totals. LEAT_TALLY names a file that gets "PASSED FAILED" added, and beside it
-- (.running) the name of the test that runs, for whoever finds the process dead or hanging.
local busted = require "busted"
local pretty = require "pl.pretty"

-- A spec that takes longer than this many seconds is named: it is what makes the suite slow.
local SLOW <const> = 3

local function text(message)
  if message == nil then return "error without a message" end
  if type(message) == "string" then return message end
  local meta = getmetatable(message)
  if type(meta) == "table" and meta.__tostring then return tostring(message) end
  return pretty.write(message)
end

local function place(item)
  local trace = item.element.trace or item.trace
  if not trace or not trace.short_src then return "" end
  return ("%s:%s: "):format(trace.short_src, trace.currentline)
end

return function(options)
  local handler = require "busted.outputHandlers.base"()
  local slow = {}

  local function show(item)
    io.write("FAILED ", place(item), item.name, "\n")
    io.write((text(item.message):gsub("^", "  "):gsub("\n", "\n  ")), "\n")
    local trace = options.verbose and item.trace and item.trace.traceback
    if trace then io.write(trace, "\n") end
    io.flush()
  end

  -- The base handler has put the item at the end of its list before these are called.
  local function failed() show(handler.failures[#handler.failures]) return nil, true end
  local function erred(element)
    if element.descriptor == "it" then show(handler.errors[#handler.errors]) end
    return nil, true
  end
  local function erred_outside(element)
    if element.descriptor ~= "it" then show(handler.errors[#handler.errors]) end
    return nil, true
  end

  local running = os.getenv "LEAT_TALLY" and io.open(os.getenv "LEAT_TALLY" .. ".running", "w")
  local function test_start(element)
    if running then
      running:seek "set"
      running:write(handler.getFullName(element), "\n")
      running:flush()
    end
    return nil, true
  end

  local function test_end(element)
    if (element.duration or 0) > SLOW then
      slow[#slow + 1] = ("%6.1f s  %s"):format(element.duration, handler.getFullName(element))
    end
    return nil, true
  end

  local function suite_end()
    local reasons, order = {}, {}
    for _, item in ipairs(handler.pendings) do
      local reason = item.message and text(item.message) or item.name
      if not reasons[reason] then order[#order + 1] = reason end
      reasons[reason] = (reasons[reason] or 0) + 1
    end
    for _, reason in ipairs(order) do
      io.write(("skipped %d: %s\n"):format(reasons[reason], (reason:gsub("^%S+:%d+: ", ""))))
    end
    for _, line in ipairs(slow) do io.write("slow ", line, "\n") end

    local bad = handler.failuresCount + handler.errorsCount
    io.write(("specs: %d passed, %d failed, %d skipped, %.1f s\n"):format(
      handler.successesCount, bad, handler.pendingsCount, handler.getDuration()))
    local tally = os.getenv "LEAT_TALLY"
    if tally then
      local file = assert(io.open(tally, "a"))
      file:write(handler.successesCount, " ", bad, "\n")
      file:close()
    end
    io.flush()
    return nil, true
  end

  busted.subscribe({ "failure", "it" }, failed)
  busted.subscribe({ "error", "it" }, erred)
  busted.subscribe({ "failure" }, erred_outside)
  busted.subscribe({ "error" }, erred_outside)
  busted.subscribe({ "test", "start" }, test_start)
  busted.subscribe({ "test", "end" }, test_end)
  busted.subscribe({ "suite", "end" }, suite_end)
  return handler
end
