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
