-- SPDX-License-Identifier: MIT
local leat = require "leat"
local helper = require "spec.support.helper"
local model = require "spec.support.model"
local number, value, parts, all, tuple = model.number, model.value, model.parts, model.all,
  model.tuple

-- The items as collect gives them.
local function values(pull)
  local list = all(pull)
  for i, x in ipairs(list) do list[i] = value(x) end
  return list
end

-- What holds for the numbers of the items: best(a, b) is whether a is better.
local function best(pull, better)
  local found
  for x in pull do
    x = number(x)
    if found == nil or better(x, found) then found = x end
  end
  return found
end

-- A number that tells what was heard before, and the parts of one more item.
local function mixed(heard, ...)
  return (heard * 31 + model.weigh(...) + select("#", ...)) % 1000003
end

local function length(pull) return #all(pull) end

-- Writes a file and says what is in it.
local function written(method, p)
  local path = helper.folder() .. "/out"
  local report = p[method](p, path)
  return report.items, helper.read(path)
end

return {
  collect = {
    run = function(p) return p:collect() end,
    model = values,
  },
  each = {
    run = function(p, fn)
      local heard = 0
      p:each(fn(function(...) heard = mixed(heard, ...) end))
      return heard
    end,
    model = function(pull)
      local heard = 0
      for x in pull do heard = mixed(heard, parts(x)) end
      return heard
    end,
  },
  drain = {
    run = function(p) p:drain() return true end,
    model = function(pull) all(pull) return true end,
  },
  count = {
    run = function(p) return p:count() end,
    model = length,
  },
  sum = {
    {
      numbers = true,
      run = function(p) return p:sum() end,
      model = function(pull)
        local sum = 0
        for x in pull do sum = sum + x end
        return sum
      end,
    },
    {
      title = "of a function",
      run = function(p, fn, k) return p:sum(fn(function(x) return k * number(x) end)) end,
      model = function(pull, k)
        local sum = 0
        for x in pull do sum = sum + k * number(x) end
        return sum
      end,
    },
  },
  min = {
    run = function(p, fn) return p:min(fn(number)) end,
    model = function(pull) return best(pull, function(a, b) return a < b end) end,
  },
  max = {
    run = function(p, fn) return p:max(fn(number)) end,
    model = function(pull) return best(pull, function(a, b) return a > b end) end,
  },
  fold = {
    {
      run = function(p, fn, k)
        return p:fold(k, fn(function(sum, x) return 2 * sum + number(x) end))
      end,
      model = function(pull, k)
        for x in pull do k = 2 * k + number(x) end
        return k
      end,
    },
    {
      title = "from the first item on",
      run = function(p, fn)
        return p:fold(fn(function(sum, x) return 2 * number(sum) + number(x) end))
      end,
      model = function(pull)
        local sum = pull()
        if sum == nil then return nil end
        sum = value(sum)
        for x in pull do sum = 2 * number(sum) + number(x) end
        return sum
      end,
    },
  },
  first = {
    run = function(p) return tuple(p:first()) end,
    model = function(pull)
      local x = pull()
      return x
    end,
  },
  any = {
    run = function(p, fn, k) return p:any(fn(function(x) return number(x) == 2 * k end)) end,
    model = function(pull, k)
      for x in pull do if number(x) == 2 * k then return true end end
      return false
    end,
  },
  concat = {
    numbers = true,
    run = function(p) return p:concat "," end,
    model = function(pull)
      local words = all(pull)
      return #words > 0 and table.concat(words, ",") or nil
    end,
  },
  write_lines = {
    numbers = true,
    run = function(p) return written("write_lines", p) end,
    model = function(pull)
      local lines = all(pull)
      return #lines, table.concat(lines, "\n") .. (#lines > 0 and "\n" or "")
    end,
  },
  write_jsonl = {
    run = function(p) return written("write_jsonl", p) end,
    model = function(pull)
      local lines = values(pull)
      for i, x in ipairs(lines) do lines[i] = leat.json.encode(x) .. "\n" end
      return #lines, table.concat(lines)
    end,
  },
}
