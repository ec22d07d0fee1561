-- twice.lua - the same data twice: a pipeline is a recipe, and an iterator that is used up says so.
--   leat examples/twice.lua
local failed = read_jsonl "examples/data/requests.jsonl"
  :filter(function(r) return r.status == "error" end)

-- Each use opens the file and reads it afresh.
print(failed:count() .. " failed; again, " .. failed:count() .. " failed")

-- A Lua iterator cannot begin again. Its second reader gets an error, not an empty stream.
local text = "to be or not to be"
local words = from(text:gmatch "%a+")
print(words:count() .. " words")
print(select(2, pcall(words.count, words)).message:match "^.-;")

-- In a generator each run makes the iterator anew.
local words_of = generator(function(s) yield_from(s:gmatch "%a+") end)
local again = words_of(text)
print(again:count() .. " words; again, " .. again:count() .. " words")

-- output
-- 19 failed; again, 19 failed
-- 6 words
-- this source can be read only once;
-- 6 words; again, 6 words
