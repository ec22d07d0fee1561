-- itertools.lua - Python's itertools, name by name.
--   leat examples/itertools.lua
local function show(name, pipeline)
  print(("%-14s %s"):format(name, leat.json.encode(leat.array(pipeline:collect()))))
end

local function add(a, b) return a + b end
local function odd(x) return x % 2 == 1 end
local function small(x) return x < 3 end
local function chosen(x, yes) if yes then return x end end

local n, abc = range(5), from { "a", "b", "c" } -- in Python: n = [1, 2, 3, 4, 5]; abc = "abc"

show("accumulate", n:scan(add))                         -- accumulate(n)
show("batched", n:batched(2))                           -- batched(n, 2)
show("chain", abc:chain { "d", "e" })                   -- chain(abc, "de")
show("from_iterable", from({ { 1, 2 }, { 3 } }):flatten()) -- chain.from_iterable([[1, 2], [3]])
show("combinations", abc:combinations(2))               -- combinations(abc, 2)
show("compress", abc:zip({ true, false, true }):filter_map(chosen)) -- compress(abc, [1, 0, 1])
show("count", count_from(10, 5):take(3))                -- islice(count(10, 5), 3)
show("cycle", abc:cycle():take(5))                      -- islice(cycle(abc), 5)
show("dropwhile", n:drop_while(small))                  -- dropwhile(small, n)
show("filterfalse", n:reject(odd))                      -- filterfalse(odd, n)
show("groupby", from({ 1, 1, 2, 1 }):chunk_by())        -- groupby([1, 1, 2, 1])
show("islice", n:slice(2, 5, 2))                        -- islice(n, 1, 5, 2)
show("pairwise", n:pairwise())                          -- pairwise(n)
show("permutations", abc:permutations(2))               -- permutations(abc, 2)
show("product", abc:product { 1, 2 })                   -- product(abc, [1, 2])
show("repeat", duplicate("a", 3))                       -- repeat("a", 3)
show("starmap", n:zip(n):map(add))                      -- starmap(add, zip(n, n))
show("takewhile", n:take_while(small))                  -- takewhile(small, n)
show("zip_longest", abc:zip_longest({ 1 }, { fill = 0 })) -- zip_longest(abc, [1], fillvalue=0)

local here, ahead = n:tee(2)                            -- here, ahead = tee(n)
show("tee", here:zip(ahead:drop(1)))                    -- zip(here, islice(ahead, 1, None))

-- output
-- accumulate     [1,3,6,10,15]
-- batched        [[1,2],[3,4],[5]]
-- chain          ["a","b","c","d","e"]
-- from_iterable  [1,2,3]
-- combinations   [["a","b"],["a","c"],["b","c"]]
-- compress       ["a","c"]
-- count          [10,15,20]
-- cycle          ["a","b","c","a","b"]
-- dropwhile      [3,4,5]
-- filterfalse    [2,4]
-- groupby        [[1,[1,1]],[2,[2]],[1,[1]]]
-- islice         [2,4]
-- pairwise       [[1,2],[2,3],[3,4],[4,5]]
-- permutations   [["a","b"],["a","c"],["b","a"],["b","c"],["c","a"],["c","b"]]
-- product        [["a",1],["a",2],["b",1],["b",2],["c",1],["c",2]]
-- repeat         ["a","a","a"]
-- starmap        [2,4,6,8,10]
-- takewhile      [1,2]
-- zip_longest    [["a",1],["b",0],["c",0]]
-- tee            [[1,2],[2,3],[3,4],[4,5]]
