-- join.lua - two files become one stream by a field they share.
--   leat examples/join.lua
local orders = read_jsonl "examples/data/orders.jsonl"
local customers = read_jsonl "examples/data/customers.jsonl"
local by_customer = { left = "customer", right = "id" }

-- The customers are held in memory, the orders stream by.
for order, customer in orders:join(customers, by_customer) do
  print(order.order, customer.name, order.item)
end

print "without a customer:"
for order in orders:join(customers, by_customer, { how = "anti" }) do print(order) end

print "who never ordered:"
print(customers:join(orders, { left = "id", right = "customer" }, { how = "anti" })
  :map("name"):concat ", ")

-- output
-- 101	Edsger	ink
-- 102	Ada	punched cards
-- 103	Edsger	fountain pen
-- 105	Grace	wire, 30 cm
-- 106	Ada	notebook
-- without a customer:
-- {"order": 104, "customer": 7, "item": "stamps", "price": 9.9}
-- who never ordered:
-- Barbara
