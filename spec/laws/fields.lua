-- SPDX-License-Identifier: MIT
local leat = require "leat"
local model = require "spec.support.model"
local tuple, parts = model.tuple, model.parts

local function item(i)
  return { id = i, user = { name = "n" .. i }, tags = i % 3 == 0 and {} or { i, false } }
end

-- What a line has beside build and model: records would do as well, and have their own spec.
local function line(fields)
  fields.item = item
  fields.tuples = function(i) return tuple(-i, item(i)) end
  return fields
end

-- The model of f, which works on the last part: f(give, part, k).
local function on_last(f)
  return function(pull, give, k)
    for x in pull do
      local all = table.pack(parts(x))
      f(function(last)
        all[all.n] = last
        give(tuple(table.unpack(all, 1, all.n)))
      end, all[all.n], k)
    end
  end
end

local function last_of(...) return (select(-1, ...)) end

-- A copy of t with the fields of changes.
local function with(t, changes)
  local copy = {}
  for name, value in pairs(t) do copy[name] = value end
  for name, value in pairs(changes) do
    if value == leat.null then value = nil end
    copy[name] = value
  end
  return copy
end

return {
  pluck = {
    line { build = function(p) return p:pluck "user.name" end,
      model = on_last(function(give, t) give(t.user.name) end) },
    line { title = "of nothing", build = function(p) return p:pluck "tags[2].x" end,
      model = on_last(function(give) give(leat.null) end) },
  },
  select = line {
    build = function(p) return p:select("user.name", "tags", "nothing") end,
    model = on_last(function(give, t) give { name = t.user.name, tags = t.tags } end),
  },
  set = line {
    build = function(p, fn, k)
      return p:set {
        sum = fn(function(...) return last_of(...).id + k end),
        id = fn(function(...) return { last_of(...).id } end),
        name = "user.name",
        user = function() end,
        k = k,
      }
    end,
    model = on_last(function(give, t, k)
      give(with(t, { sum = t.id + k, id = { t.id }, name = t.user.name, user = leat.null, k = k }))
    end),
  },
  omit = line {
    build = function(p) return p:omit("id", "user.name", "nothing", "id.x") end,
    model = on_last(function(give, t) give(with(t, { id = leat.null, user = {} })) end),
  },
  rename = line {
    build = function(p) return p:rename { id = "user", user = "id", tags = "labels",
      no = "way" } end,
    model = on_last(function(give, t) give { user = t.id, id = t.user, labels = t.tags } end),
  },
  explode = line {
    build = function(p) return p:explode "tags" end,
    model = on_last(function(give, t)
      for _, tag in ipairs(t.tags) do give(with(t, { tags = tag })) end
    end),
  },
  flat_fields = line {
    build = function(p) return p:flat_fields "/" end,
    model = on_last(function(give, t)
      give(with(t, { user = leat.null, ["user/name"] = t.user.name }))
    end),
  },
}
