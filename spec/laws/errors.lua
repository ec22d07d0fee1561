-- SPDX-License-Identifier: MIT
local model = require "spec.support.model"

return {
  progress = {
    build = function(p) return p:progress() end, model = model.identity,
  },
  on_error = {
    { skips = false, build = function(p) return p:on_error "raise" end, model = model.identity },
    {
      title = "by leaving out", -- not what its source raises
      chains = false,
      build = function(p) return p:on_error "skip" end,
      model = model.identity,
    },
  },
  catch = {
    {
      skips = false,
      build = function(p) return p:catch(function(err) error(err, 0) end) end,
      model = model.identity,
    },
    {
      title = "with more items",
      skips = false,
      calls_on_failure = true,
      build = function(p, fn, k) return p:catch(fn(function() return { k, -k } end)) end,
      model = function(pull, give, k)
        while true do
          local ok, x = pcall(pull)
          if not ok then
            give(k)
            give(-k)
            return
          end
          if x == nil then return end
          give(x)
        end
      end,
    },
  },
  finally = {
    calls_on_closing = true,
    build = function(p, fn) return p:finally(fn(function() end)) end,
    model = model.identity,
  },
}
