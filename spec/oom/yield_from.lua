local function numbers(n)
  return generator(function()
    if n > 0 then
      yield(n)
      yield_from(numbers(n - 1))
    end
    return n
  end)()
end
return numbers(4):sum()
