-- SPDX-License-Identifier: MIT
-- help.lua - for each operator one line that shows its point, and what `leat -e` prints for it, a
-- blank between the lines. `leat --help NAME` and the README's table show them, a spec runs them.
return {
  -- sources
  range = { 'range(2, 10, 4)', '2 6 10' },
  count_from = { 'count_from(10, 5):take(3)', '10 15 20' },
  from = { 'from(("to be or not"):gmatch "%a+")', 'to be or not' },
  entries = { 'entries{b = 20, a = 10}', '["a",10] ["b",20]' },
  generator = { 'generator(function(n) yield(n) yield(n * n) end)(7)', '7 49' },
  resource = { 'resource(function() return {2, 1} end, table.remove, function() print "bye" end)',
    '1 2 bye' },
  once = { 'once("header"):chain{1, 2}', 'header 1 2' },
  empty = { 'empty():count()', '0' },
  read_lines = { 'read_lines("LICENSE"):first()', 'MIT License' },
  read_chunks = { 'read_chunks("LICENSE", {size = 3}):first()', 'MIT' },
  read_jsonl = { 'read_jsonl("examples/data/requests.jsonl"):map("user.name"):take(2)',
    'Niklaus Edsger' },
  -- transform
  map = { 'range(3):map(function(n) return n * n end)', '1 4 9' },
  filter = { 'range(9):filter(function(n) return n % 3 == 0 end)', '3 6 9' },
  reject = { 'range(5):reject(function(n) return n % 2 == 0 end)', '1 3 5' },
  filter_map = { 'from{"7", "x", "9"}:filter_map(tonumber)', '7 9' },
  flat_map = { 'range(3):flat_map(range)', '1 1 2 1 2 3' },
  enumerate = { 'from{"a", "b"}:enumerate()', '[1,"a"] [2,"b"]' },
  tap = { 'range(2):tap(print):map(function(n) return -n end)', '1 -1 2 -2' },
  through = { 'range(2):through(function(up) for n in up do yield(n) yield(-n) end end)',
    '1 -1 2 -2' },
  -- slice
  take = { 'count_from():take(3)', '1 2 3' },
  drop = { 'range(5):drop(3)', '4 5' },
  take_while = { 'from{1, 2, 9, 1}:take_while(function(n) return n < 5 end)', '1 2' },
  -- combine
  chain = { 'range(2):chain({"a"}, range(2))', '1 2 a 1 2' },
  zip = { 'from{"a", "b"}:zip(count_from())', '["a",1] ["b",2]' },
  -- group and window
  batched = { 'range(5):batched(2)', '[1,2] [3,4] [5]' },
  -- fork
  tee = { 'range(3):tee(2)', '1 2 3 1 2 3' },
  partition = { 'range(5):partition(function(n) return n > 3 end)', '4 5 1 2 3' },
  branch = { 'range(4):branch(function(p) return p:sum() end, function(p) return p:max() end)',
    '10 4' },
  -- flow and errors
  on_error = { 'from{"7", "x"}:map(tonumber):on_error(function() return 0 end)', '7 0' },
  catch = { 'chain({1}, read_lines("nowhere")):catch(function() return {"gone"} end)', '1 gone' },
  finally = { 'range(2):finally(function() print "closed" end)', '1 2 closed' },
  -- terminals
  collect = { 'range(3):collect()', '[1,2,3]' },
  each = { 'range(3):each(print)', '1 2 3' },
  drain = { 'range(3):tap(print):drain()', '1 2 3' },
  count = { 'read_lines("LICENSE"):count()', '21' },
  sum = { 'range(4):sum()', '10' },
  min = { 'from{"pear", "fig"}:min(string.len)', '3' },
  max = { 'from{"pear", "fig"}:max(string.len)', '4' },
  fold = { 'range(5):fold(1, function(product, n) return product * n end)', '120' },
  first = { 'count_from(5):first()', '5' },
  any = { 'count_from():any(function(n) return n > 99 end)', 'true' },
  concat = { 'range(3):concat(", ")', '1, 2, 3' },
  write_lines = { 'range(2):write_lines("-")', '1 2 {"bytes":4,"items":2,"skipped":0}' },
  write_jsonl = { 'from{{id = 1}}:write_jsonl("-")', '{"id":1} {"bytes":9,"items":1,"skipped":0}' },
}
