-- SPDX-License-Identifier: MIT
-- random.lua - what core/random.c draws, written a second time: xoshiro256** begun by SplitMix64.
-- So the lots that a seed stands for cannot change unnoticed.
local random = {}

-- Returns the next state and a number.
local function split_mix(state)
  state = state + 0x9e3779b97f4a7c15
  local x = state
  x = (x ~ (x >> 30)) * 0xbf58476d1ce4e5b9
  x = (x ~ (x >> 27)) * 0x94d049bb133111eb
  return state, x ~ (x >> 31)
end

local function rotate(x, bits) return x << bits | x >> (64 - bits) end

-- The upper and the lower 64 bits of a product of unsigned numbers.
local function multiply(a, b)
  local a0, a1, b0, b1 = a & 0xffffffff, a >> 32, b & 0xffffffff, b >> 32
  local middle = a1 * b0 + (a0 * b0 >> 32)
  local other = a0 * b1 + (middle & 0xffffffff)
  return a1 * b1 + (middle >> 32) + (other >> 32), a * b
end

-- The generator of a seed and a stream.
function random.new(seed, stream)
  local s = {}
  local _, mixed = split_mix(seed)
  mixed = mixed + stream
  for i = 1, 4 do mixed, s[i] = split_mix(mixed) end

  local function next_one()
    local result, shifted = rotate(s[2] * 5, 7) * 9, s[2] << 17
    s[3], s[4] = s[3] ~ s[1], s[4] ~ s[2]
    s[2], s[1] = s[2] ~ s[3], s[1] ~ s[4]
    s[3], s[4] = s[3] ~ shifted, rotate(s[4], 45)
    return result
  end

  return {
    next = next_one,
    -- From 0 to count - 1.
    below = function(count)
      local least = 2 ^ 64 % count // 1 | 0 -- what does not divide evenly is drawn again
      while true do
        local high, low = multiply(next_one(), count)
        if not math.ult(low, least) then return high end
      end
    end,
    fraction = function() return (next_one() >> 11) * 0x1p-53 end,
  }
end

return random
