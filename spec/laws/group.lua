-- SPDX-License-Identifier: MIT
local model = require "spec.support.model"
local value = model.value

return {
  batched = {
    build = function(p, _, k) return p:batched(k) end,
    model = function(pull, give, k)
      local batch = {}
      for x in pull do
        batch[#batch + 1] = value(x)
        if #batch == k then
          give(batch)
          batch = {}
        end
      end
      if #batch > 0 then give(batch) end
    end,
  },
}
