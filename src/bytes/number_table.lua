-- SPDX-License-Identifier: MIT
-- number_table.lua - prints number_table.inc, the powers of ten of number.c:
--
--   lua5.4 src/bytes/number_table.lua > src/bytes/number_table.inc
--
-- For each q the 128 leading bits of 10^q, rounded up; the powers 10^0 to 10^55
-- are exact. 10^q and 5^q have the same leading bits, so all is done on 5^q:
--   q >= 0   multiply by 5 again and again;
--   q < 0    divide 2^1024 by 5 again and again. Rounding down each time is
--            rounding down once: floor(floor(x / 5) / 5) == floor(x / 25).
-- A bignum is an array of 32-bit limbs, the least significant first.

local FIRST <const>, LAST <const> = -342, 324
local LIMB <const> = 0xffffffff

local function times_five(big)
  local carry = 0
  for i = 1, #big do
    local x = big[i] * 5 + carry
    big[i], carry = x & LIMB, x >> 32
  end
  if carry > 0 then big[#big + 1] = carry end
end

local function divide_by_five(big)
  local rest = 0
  for i = #big, 1, -1 do
    local x = rest << 32 | big[i]
    big[i], rest = x // 5, x % 5
  end
  while big[#big] == 0 do big[#big] = nil end
end

-- The 128 leading bits as two integers, and whether a 1 follows them.
local function leading_bits(big)
  local top, shift = #big, 0
  while big[top] << shift & 0x80000000 == 0 do shift = shift + 1 end
  local words, cut = {}, false
  for i = 0, 3 do
    local pair = (big[top - i] or 0) << 32 | (big[top - i - 1] or 0)
    words[i] = pair >> (32 - shift) & LIMB
  end
  if (big[top - 4] or 0) << shift & LIMB ~= 0 then cut = true end
  for i = top - 5, 1, -1 do
    if big[i] ~= 0 then cut = true end
  end
  return words[0] << 32 | words[1], words[2] << 32 | words[3], cut
end

local lines = {}
local function add(q, big, inexact)
  local high, low, cut = leading_bits(big)
  if cut or inexact then
    low = low + 1
    if low == 0 then high = high + 1 end
  end
  lines[q] = ("{UINT64_C(0x%016x), UINT64_C(0x%016x)}, /* 1e%d */"):format(high, low, q)
end

local big = { 1 }
for q = 0, LAST do
  add(q, big, false)
  times_five(big)
end
big = {}
for i = 1, 32 do big[i] = 0 end
big[33] = 1
for q = -1, FIRST, -1 do
  divide_by_five(big)
  add(q, big, true)
end

print "/* SPDX-License-Identifier: MIT"
print " * Made by number_table.lua; do not edit. The 128 leading bits of 10^q, q from"
print((" * %d to %d, rounded up: high word, low word. */"):format(FIRST, LAST))
for q = FIRST, LAST do print(lines[q]) end
