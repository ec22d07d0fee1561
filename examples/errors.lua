-- errors.lua - on_error for an item, catch for the stream, finally for the end.
--   leat examples/errors.lua; echo $?
local function inverse(n)
  if n == 0 then error("division by zero", 0) end
  return 12 // n
end

local numbers = from { 3, 0, 4 }

-- Without a policy the error ends the run. It says where; cause is the value that was raised.
local ok, err = pcall(function() return numbers:map(inverse):collect() end)
print(ok, err)
print(err.code, err.stage, err.stage_number, err.item, err.cause)

-- on_error speaks for everything above it.
print(numbers:map(inverse):on_error(function(e) return "(" .. e.cause .. ")" end):concat ", ")

-- catch: the stream above has failed and is closed; fn decides how it goes on.
print(numbers:map(inverse):catch(function() return { -1, -2 } end):concat ", ")

-- finally: fn once, when what is above has ended, with the error if there was one.
numbers:map(inverse):finally(function(e) print("ended by:", e) end)
  :catch(function() end):drain()

-- A file that is not there is no item: on_error does not hide it, catch may.
print(read_lines "no/such/file":on_error "skip":catch(function(e) return { e.message } end):first())

-- "skip" counts and warns once; leat's exit code is then 3.
print(numbers:map(inverse):on_error "skip":count() .. " of 3")

-- output
-- false	division by zero (in map, stage 2, at item 2)
-- callback	map	2	2	division by zero
-- 4, (division by zero), 3
-- 4, -1, -2
-- ended by:	division by zero (in map, stage 2, at item 2)
-- cannot open: No such file or directory
-- leat: warning: skipped 1 item; the first: division by zero (in map, stage 2, at item 2)
-- 2 of 3
