-- SPDX-License-Identifier: MIT
local model = require "spec.support.model"
local number, parts, tuple = model.number, model.parts, model.tuple

-- The tuple of the parts of both.
local function joined(x, y)
  local list, more = table.pack(parts(x)), table.pack(parts(y))
  table.move(more, 1, more.n, list.n + 1, list)
  return tuple(table.unpack(list, 1, list.n + more.n))
end

-- Both sides of a partition, read in step as far as there are items of both: those whose number
-- `every(k)` divides are on the second.
local function parted(title, every, lag)
  return {
    title = title,
    skips = false,
    once = true,
    lag = lag,
    build = function(p, fn, k)
      local yes, no = p:partition(fn(function(x) return number(x) % every(k) ~= 0 end))
      return yes:zip(no)
    end,
    model = function(pull, give, k)
      local queues = { [true] = {}, [false] = {} }
      local function next_of(wanted)
        local queue = queues[wanted]
        if queue[1] ~= nil then return table.remove(queue, 1) end
        for x in pull do
          local answer = number(x) % every(k) ~= 0
          if answer == wanted then return x end
          table.insert(queues[answer], x)
        end
      end
      for x in next_of, true do
        local y = next_of(false)
        if y == nil then break end
        give(joined(x, y))
      end
    end,
  }
end

return {
  tee = {
    {
      title = "alone",
      skips = false, -- a border of on_error
      once = true,
      lag = 0,
      build = function(p) return (p:tee(1)) end,
      model = model.identity,
    },
    {
      title = "in step",
      skips = false,
      once = true,
      lag = 1,
      build = function(p)
        local a, b = p:tee(2, { max_lag = 1 })
        return a:zip(b)
      end,
      model = function(pull, give)
        for x in pull do give(joined(x, x)) end
      end,
    },
  },
  partition = {
    parted("into halves", function() return 2 end, 1),
    parted("of more of one", function(k) return k + 1 end, math.huge),
  },
  branch = {
    run = function(p, fn)
      return p:branch(fn(function(q) return q:count() end),
        function(q) return q:map(number):sum() end)
    end,
    model = function(pull)
      local count, sum = 0, 0
      for x in pull do
        count = count + 1
        sum = sum + number(x)
      end
      return count, sum
    end,
  },
}
