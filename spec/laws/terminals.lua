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

-- The first item with the least key.
local function best_by(pull, key)
  local found, least
  for x in pull do
    if least == nil or key(x) < least then found, least = x, key(x) end
  end
  return found
end

local function length(pull) return #all(pull) end

-- Writes a file and says what is in it.
local function written(method, p)
  local path = helper.folder() .. "/out"
  local report = p[method](p, path)
  return report.items, helper.read(path)
end

-- A sink of rows, fed with lists.
local function rows(method, delimiter)
  return {
    item = function(i) return { i, ("x"):rep(i) } end,
    texts = false,
    odd = false,
    run = function(p) return written(method, p) end,
    model = function(pull)
      local lines = values(pull)
      for i, x in ipairs(lines) do
        local fields = {}
        for k, field in ipairs(x) do
          fields[k] = tostring(field)
          if type(field) == "table" then
            fields[k] = '"' .. leat.json.encode(field):gsub('"', '""') .. '"'
          end
        end
        lines[i] = table.concat(fields, delimiter) .. "\n"
      end
      return #lines, table.concat(lines)
    end,
  }
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
  mean = {
    {
      numbers = true,
      run = function(p) return p:mean() end,
      model = function(pull)
        local items, sum = all(pull), 0
        for _, x in ipairs(items) do sum = sum + x end
        return #items > 0 and sum / #items or nil
      end,
    },
    {
      title = "of a function",
      run = function(p, fn, k) return p:mean(fn(function(x) return k * number(x) end)) end,
      model = function(pull, k)
        local items, sum = all(pull), 0
        for _, x in ipairs(items) do sum = sum + k * number(x) end
        return #items > 0 and sum / #items or nil
      end,
    },
  },
  minmax = {
    run = function(p, fn) return p:minmax(fn(number)) end,
    model = function(pull)
      local list = all(pull)
      return best(model.list(list), function(a, b) return a < b end),
        best(model.list(list), function(a, b) return a > b end)
    end,
  },
  min_by = {
    run = function(p, fn, k)
      return tuple(p:min_by(fn(function(x) return number(x) % (k + 1) end)))
    end,
    model = function(pull, k)
      return best_by(pull, function(x) return number(x) % (k + 1) end)
    end,
  },
  max_by = {
    run = function(p, fn, k)
      return tuple(p:max_by(fn(function(x) return number(x) % (k + 1) end)))
    end,
    model = function(pull, k)
      return best_by(pull, function(x) return -(number(x) % (k + 1)) end)
    end,
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
  last = {
    run = function(p) return tuple(p:last()) end,
    model = function(pull)
      local items = all(pull)
      return items[#items]
    end,
  },
  nth = {
    run = function(p, _, k) return tuple(p:nth(k)) end,
    model = function(pull, k)
      for _ = 2, k do if pull() == nil then return nil end end
      return (pull())
    end,
  },
  one = {
    run = function(p) return tuple(p:one()) end,
    model = function(pull)
      local x = pull()
      if x == nil then error "none" end
      if pull() ~= nil then error "several" end
      return x
    end,
  },
  find = {
    run = function(p, fn, k)
      return tuple(p:find(fn(function(x) return number(x) == 2 * k end)))
    end,
    model = function(pull, k)
      for x in pull do if number(x) == 2 * k then return x end end
      return nil
    end,
  },
  find_index = {
    run = function(p, fn, k)
      return p:find_index(fn(function(x) return number(x) == 2 * k end))
    end,
    model = function(pull, k)
      local i = 0
      for x in pull do
        i = i + 1
        if number(x) == 2 * k then return i end
      end
      return nil
    end,
  },
  all = {
    {
      run = function(p, fn, k) return p:all(fn(function(x) return number(x) ~= 2 * k end)) end,
      model = function(pull, k)
        for x in pull do if number(x) == 2 * k then return false end end
        return true
      end,
    },
    {
      title = "by itself",
      run = function(p) return p:all() end,
      model = function(pull)
        for x in pull do if not (model.parts(x)) then return false end end
        return true
      end,
    },
  },
  none = {
    {
      run = function(p, fn, k) return p:none(fn(function(x) return number(x) == 2 * k end)) end,
      model = function(pull, k)
        for x in pull do if number(x) == 2 * k then return false end end
        return true
      end,
    },
    {
      title = "by itself",
      run = function(p) return p:none() end,
      model = function(pull)
        for x in pull do if (model.parts(x)) then return false end end
        return true
      end,
    },
  },
  to_map = {
    run = function(p, fn, k)
      return p:to_map(fn(function(x) return number(x) % (k + 1) end), fn(number))
    end,
    model = function(pull, k)
      local map = {}
      for x in pull do map[number(x) % (k + 1)] = number(x) end
      return map
    end,
  },
  to_set = {
    {
      numbers = true,
      run = function(p) return p:to_set() end,
      model = function(pull)
        local set = {}
        for x in pull do set[x] = true end
        return set
      end,
    },
    {
      title = "of keys",
      run = function(p, fn, k) return p:to_set(fn(function(x) return number(x) % (k + 1) end)) end,
      model = function(pull, k)
        local set = {}
        for x in pull do set[number(x) % (k + 1)] = true end
        return set
      end,
    },
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
  write_json = {
    run = function(p) return written("write_json", p) end,
    model = function(pull)
      local lines = values(pull)
      for i, x in ipairs(lines) do lines[i] = leat.json.encode(x) end
      return #lines, #lines == 0 and "[]\n" or "[\n" .. table.concat(lines, ",\n") .. "\n]\n"
    end,
  },
  write_csv = rows("write_csv", ","),
  write_tsv = rows("write_tsv", "\t"),
}
