-- memory.lua - a report on 100,000 lines, with lists and as a pipeline: what each takes of memory.
--   leat examples/memory.lua
local path = os.tmpname()
range(100000)
  :map(function(n)
    return ("2025-03-04 request %d: GET /item/%d took %d ms"):format(n, n % 97, n * 31 % 500)
  end)
  :write_lines(path)

local function is_slow(line) return tonumber(line:match "took (%d+) ms") > 450 end
local function route(line) return line:match "GET (%S+)" end

-- Before: each step fills a list, which the next one walks.
local function with_lists()
  local lines, slow, routes = {}, {}, {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  for _, line in ipairs(lines) do
    if is_slow(line) then slow[#slow + 1] = line end
  end
  for _, line in ipairs(slow) do routes[#routes + 1] = route(line) end
  return #routes
end

-- After: a line goes through all steps before the next one is read.
local function as_pipeline()
  return read_lines(path):filter(is_slow):map(route):count()
end

-- The most memory that was in use during fn(), beyond what was in use before.
local function peak(fn)
  collectgarbage "incremental" -- the one of generations lets more pile up before it looks
  collectgarbage()
  local before = leat.memory { reset = true }.now
  local result = fn()
  return leat.memory().peak - before, result
end

-- The lists come last: Lua's collector takes its time after so much has become garbage.
local pipeline, same = peak(as_pipeline)
local lists, slow = peak(with_lists)
os.remove(path)
assert(slow == same)

local MB <const> = 1024 * 1024
print(("%d of 100000 requests were slow"):format(slow))
print(("with lists: more than %d MB"):format(lists // MB))
print(("as a pipeline: less than %d MB"):format(pipeline // MB + 1))
print(("%s times less"):format(lists / pipeline > 10 and "more than 10" or lists // pipeline))

-- output
-- 9800 of 100000 requests were slow
-- with lists: more than 9 MB
-- as a pipeline: less than 1 MB
-- more than 10 times less
