-- SPDX-License-Identifier: MIT
local model = require "spec.support.model"
local number = model.number

return {
  take = {
    {
      build = function(p, _, k) return p:take(2 * k) end,
      model = function(pull, give, k)
        for _ = 1, 2 * k do
          local x = pull()
          if x == nil then break end
          give(x)
        end
      end,
    },
    { title = "of none", build = function(p) return p:take(0) end, model = function() end },
  },
  drop = {
    build = function(p, _, k) return p:drop(k) end,
    model = function(pull, give, k)
      local i = 0
      for x in pull do
        i = i + 1
        if i > k then give(x) end
      end
    end,
  },
  drop_while = {
    build = function(p, fn, k)
      return p:drop_while(fn(function(x) return number(x) < 2 * k end))
    end,
    model = function(pull, give, k)
      local dropping = true
      for x in pull do
        dropping = dropping and number(x) < 2 * k
        if not dropping then give(x) end
      end
    end,
  },
  take_until = {
    build = function(p, fn, k)
      return p:take_until(fn(function(x) return number(x) >= 3 * k end))
    end,
    model = function(pull, give, k)
      for x in pull do
        give(x)
        if number(x) >= 3 * k then break end
      end
    end,
  },
  slice = {
    {
      build = function(p, _, k) return p:slice(k + 1, 3 * k) end,
      model = function(pull, give, k)
        for i = 1, 3 * k do
          local x = pull()
          if x == nil then break end
          if i > k then give(x) end
        end
      end,
    },
    {
      title = "by steps",
      build = function(p, _, k) return p:slice(2, 6 + k, 3) end,
      model = function(pull, give, k)
        for i = 1, 2 + (4 + k) // 3 * 3 do
          local x = pull()
          if x == nil then break end
          if i % 3 == 2 then give(x) end
        end
      end,
    },
    {
      title = "to the end",
      build = function(p, _, k) return p:slice(k) end,
      model = function(pull, give, k)
        for _ = 2, k do pull() end
        for x in pull do give(x) end
      end,
    },
    { title = "of none", build = function(p) return p:slice(2, 1) end, model = function() end },
  },
  step_by = {
    build = function(p, _, k) return p:step_by(k) end,
    model = function(pull, give, k)
      local i = 0
      for x in pull do
        if i % k == 0 then give(x) end
        i = i + 1
      end
    end,
  },
  take_last = {
    {
      build = function(p, _, k) return p:take_last(2 * k) end,
      model = function(pull, give, k)
        local items = model.all(pull)
        for i = math.max(1, #items - 2 * k + 1), #items do give(items[i]) end
      end,
    },
    { title = "of none", build = function(p) return p:take_last(0) end, model = function() end },
  },
  drop_last = {
    {
      build = function(p, _, k) return p:drop_last(k) end,
      model = function(pull, give, k)
        local items = {}
        for x in pull do
          items[#items + 1] = x
          if #items > k then give(table.remove(items, 1)) end
        end
      end,
    },
    { title = "of none", build = function(p) return p:drop_last(0) end, model = model.identity },
  },
  cycle = {
    { title = "once", build = function(p) return p:cycle(1) end, model = model.identity },
    {
      title = "over what can be read once",
      skips = false, -- tee is a border of on_error
      once = true,
      build = function(p, _, k) return (p:tee(1)):cycle(k + 1) end,
      model = function(pull, give, k)
        local items = {}
        for x in pull do
          items[#items + 1] = x
          give(x)
        end
        for _ = 1, k do
          for _, x in ipairs(items) do give(x) end
        end
      end,
    },
  },
  take_while = {
    build = function(p, fn, k)
      return p:take_while(fn(function(x) return number(x) < 3 * k end))
    end,
    model = function(pull, give, k)
      for x in pull do
        if number(x) >= 3 * k then break end
        give(x)
      end
    end,
  },
}
