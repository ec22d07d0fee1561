-- SPDX-License-Identifier: MIT
local leat = require "leat"
local helper = require "spec.support.helper"
local model = require "spec.support.model"
local tuple = model.tuple

-- The model of a source that gives these items.
local function items(...)
  local list = { ... }
  return function(give) for _, x in ipairs(list) do give(x) end end
end

local function numbers(last)
  return function(give, k) for i = 1, last or k do give(i) end end
end

-- The lines of a source that reads files.
local function lines(method, model_of)
  return {
    build = function() return leat[method](helper.file "1\n2\n3\n") end,
    model = model_of,
  }
end

return {
  range = {
    { build = function(_, k) return leat.range(k) end, model = numbers() },
    {
      title = "of floats",
      build = function() return leat.range(1.0, 2.0, 0.5) end,
      model = items(1.0, 1.5, 2.0),
    },
  },
  count_from = {
    build = function(_, k) return leat.count_from(k, -2) end,
    model = function(give, k) while true do give(k) k = k - 2 end end,
  },
  from = {
    {
      build = function() return leat.from { 1, false, leat.null, "x" } end,
      model = items(1, false, leat.null, "x"),
    },
    {
      title = "an iterator",
      once = true,
      build = function() return leat.from(("a1b2c3"):gmatch "(%a)(%d)") end,
      model = items(tuple("a", "1"), tuple("b", "2"), tuple("c", "3")),
    },
    {
      title = "a coroutine",
      once = true,
      build = function(fn)
        return leat.from(coroutine.create(fn(function()
          coroutine.yield(1)
          coroutine.yield(2, 3)
          coroutine.yield(false)
        end)))
      end,
      model = items(1, tuple(2, 3), false),
      yields = false, -- its yields are items
    },
    {
      title = "a live generator",
      once = "live",
      build = function() return leat.from(leat.range(3):open()) end,
      model = numbers(3),
    },
  },
  entries = {
    build = function() return leat.entries { b = 2, a = 1, [3] = 3 } end,
    model = items(tuple(3, 3), tuple("a", 1), tuple("b", 2)),
  },
  generator = {
    build = function(fn, k)
      return leat.generator(fn(function(last)
        for i = 1, last do leat.yield(i, -i) end
      end))(k)
    end,
    model = function(give, k) for i = 1, k do give(tuple(i, -i)) end end,
  },
  resource = {
    build = function(fn, k)
      return leat.resource(fn(function() return { 0 } end), fn(function(state)
        state[1] = state[1] + 1
        if state[1] <= k then return state[1], "part" end
      end))
    end,
    model = function(give, k) for i = 1, k do give(tuple(i, "part")) end end,
  },
  iterate = {
    build = function(fn, k)
      return leat.iterate(fn(function(x) if x < 9 then return x + k end end), k)
    end,
    model = function(give, k) for x = k, 8 + k, k do give(x) end end,
  },
  unfold = {
    build = function(fn, k)
      return leat.unfold(fn(function(i) if i <= k then return -i, i + 1 end end), 1)
    end,
    model = function(give, k) for i = 1, k do give(-i) end end,
  },
  repeatedly = {
    {
      build = function(fn, k) return leat.repeatedly(fn(function() return k, false end)) end,
      model = function(give, k) while true do give(tuple(k, false)) end end,
    },
    {
      title = "so many times",
      build = function(fn, k) return leat.repeatedly(fn(function() return "x" end), k) end,
      model = function(give, k) for _ = 1, k do give "x" end end,
    },
  },
  duplicate = {
    {
      build = function(_, k) return leat.duplicate(k) end,
      model = function(give, k) while true do give(k) end end,
    },
    {
      title = "so many times",
      build = function(_, k) return leat.duplicate(false, k) end,
      model = function(give, k) for _ = 1, k do give(false) end end,
    },
  },
  once = { build = function(_, k) return leat.once(k) end, model = function(give, k) give(k) end },
  empty = { build = function() return leat.empty() end, model = function() end },
  read_lines = lines("read_lines", items("1", "2", "3")),
  read_chunks = {
    build = function()
      return leat.read_chunks { helper.file "1", helper.file "2", helper.file "3" }
    end,
    model = items("1", "2", "3"),
  },
  read_jsonl = lines("read_jsonl", numbers(3)),
  read_json = {
    {
      build = function() return leat.read_json(helper.file '[1, [2, "]"]]\n"x"') end,
      model = items(1, { 2, "]" }, "x"),
    },
    {
      title = "at a path",
      build = function()
        return leat.read_json(helper.file '{"n": 2, "a": {"b": [1, [2]]}}', { path = "a.b" })
      end,
      model = items(1, { 2 }),
    },
  },
  read_csv = {
    build = function()
      return leat.read_csv(helper.file '1,a\n\n2,"b""\nc"\n', { header = false })
    end,
    model = items({ "1", "a" }, { "2", 'b"\nc' }),
  },
  read_command = {
    build = function() return leat.read_command("printf", "1\\n2\\n3\\n") end,
    model = items("1", "2", "3"),
  },
  read_tsv = {
    build = function() return leat.read_tsv(helper.file "1\n2\n", { header = false }) end,
    model = items({ "1" }, { "2" }),
  },
}
