-- batches.lua - a JSONL file goes into SQLite in batches of 500, each in one transaction.
--   leat examples/batches.lua     (lua-sql-sqlite3 of Debian, luasql-sqlite3 of LuaRocks)
local sqlite = require "luasql.sqlite3".sqlite3()
local db = assert(sqlite:connect ":memory:")

local function sql(text, ...)
  return assert(db:execute(text:format(...)))
end

-- A file to read: 1234 orders.
local path = os.tmpname()
range(1234)
  :map(function(n) return { id = n, customer = "O'" .. n % 7, cents = n * 37 % 1000 } end)
  :write_jsonl(path)

sql "create table orders (id integer primary key, customer text, cents integer)"

-- One batch is in memory at a time. An error leaves the loop before `commit`, and SQLite forgets
-- the batch it was in; those before are stored.
for batch in read_jsonl(path):batched(500) do
  sql "begin"
  for _, order in ipairs(batch) do
    sql("insert into orders values (%d, '%s', %d)",
      order.id, db:escape(order.customer), order.cents)
  end
  sql "commit"
  print(("stored %d orders, %d to %d"):format(#batch, batch[1].id, batch[#batch].id))
end
os.remove(path)

local answer = sql "select count(*), sum(cents) from orders"
print("in the database", answer:fetch())
answer:close()
db:close()
sqlite:close()

-- output
-- stored 500 orders, 1 to 500
-- stored 500 orders, 501 to 1000
-- stored 234 orders, 1001 to 1234
-- in the database	1234	616815
