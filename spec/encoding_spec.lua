-- SPDX-License-Identifier: MIT
-- Compressed files and files in other encodings, through every reader.
local leat = require "leat"
local helper = require "spec.support.helper"
local file, failure = helper.file, helper.failure

after_each(helper.nothing_left_open)

-- What `command` makes of the bytes, by the real program.
local function piped(command, bytes)
  local pipe <close> = assert(io.popen(("%s < '%s'"):format(command, file(bytes))))
  return pipe:read "a"
end

local function gzip(bytes, level) return piped("gzip -c" .. (level or ""), bytes) end
local function zstd(bytes, level) return piped("zstd -qc" .. (level or ""), bytes) end

local function code_points(from, to, step)
  local out = {}
  for c = from, to, step or 1 do out[#out + 1] = utf8.char(c) end
  return table.concat(out)
end

-- A text of many lines that does not compress to nothing.
local function text_of(lines)
  local out, seed = {}, 1
  for i = 1, lines do
    seed = (seed * 48271) % 2147483647
    out[i] = ("%d,%x,%s"):format(i, seed, ("ab"):rep(seed % 13))
  end
  return table.concat(out, "\n") .. "\n"
end

local function lines_of(text)
  local out = {}
  for line in text:gmatch "[^\n]*" do out[#out + 1] = line end
  out[#out] = nil
  return out
end

describe("a compressed file", function()
  local text = text_of(helper.scaled(20000))
  local lines = lines_of(text)

  for name, compress in pairs { gzip = gzip, zstd = zstd } do
    it(("in %s is read as its text, whatever its name"):format(name), function()
      assert.same(lines, leat.read_lines(file(compress(text))):collect())
      assert.same(lines, leat.read_lines(file(compress(text, " -9"))):collect())
      assert.equal(text, leat.read_chunks(file(compress(text))):concat())
    end)

    it(("in %s may have several members, also empty ones"):format(name), function()
      local parts = {}
      for _, part in ipairs { "", "one\ntw", "o\n", "", text, "" } do
        parts[#parts + 1] = compress(part)
      end
      assert.equal("one\ntwo\n" .. text, leat.read_chunks(file(table.concat(parts))):concat())
    end)

    it(("in %s is read by each reader, and from a pipe"):format(name), function()
      local path = file(compress "id,n\n1,2\n3,4\n")
      assert.equal(6, leat.read_csv(path, { infer = true }):sum "n")
      assert.equal(3, leat.read_json(file(compress '[{"n":1},{"n":2}]')):sum "n")
      path = file(compress '{"n":1}\n{"n":2}\n')
      assert.equal(3, leat.read_jsonl(path):sum "n")
      local pipe <close> = assert(io.popen(("cat '%s'"):format(path)))
      assert.equal(3, leat.read_jsonl(pipe):sum "n")
      assert.same({ "x", '{"n":1}', '{"n":2}', "y" },
        leat.read_lines({ file "x", path, file(compress "y") }):collect())
    end)

    it(("in %s that is cut off gives what there is and says where it ends"):format(name),
      function()
        local whole = compress(text)
        local given = {}
        local path = file(whole:sub(1, #whole // 2))
        local err = failure(function()
          leat.read_lines(path):each(function(line) given[#given + 1] = line end)
        end)
        assert.equal("io", err.code)
        local expected = ("the %s data ends too early, at byte %d of the file"):format(name,
          #whole // 2)
        assert.is_truthy(tostring(err):find(expected, 1, true))
        assert.equal(path, err.file)
        assert.equal(#given + 1, err.line)
        assert.is_true(#given > 0 or #text < 300000) -- zstd's blocks have 128 KB
        for i, line in ipairs(given) do assert.equal(lines[i], line) end
      end)

    it(("in %s is never left whole by a cut at any byte"):format(name), function()
      local whole = compress "one\ntwo\nthree\n"
      local ending = name == "gzip" and "data.GZ" or "data.zst"
      for i = 0, #whole - 1 do
        for _, path in ipairs { file(whole:sub(1, i), ending), i >= 2 and file(whole:sub(1, i)) } do
          if path then
            local err = failure(function() leat.read_chunks(path):drain() end)
            assert.equal("io", err.code)
            assert.is_truthy(err.message:find(("ends too early, at byte %d of the file"):format(i)),
              i .. ": " .. err.message)
            assert.equal(whole:sub(1, i), leat.read_chunks(path, { decompress = false })
              :fold("", function(all, chunk) return all .. chunk end))
          end
        end
      end
    end)

    it(("in %s that is corrupt is an error that on_error does not skip"):format(name), function()
      local whole = compress(text, name == "zstd" and " --check" or nil)
      for _, at in ipairs { #whole // 3, #whole // 2, #whole - 6 } do
        local bad = whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 0x55) .. whole:sub(at + 1)
        local path = file(bad)
        local err = failure(function()
          leat.read_lines(path):on_error("skip"):each(function() end)
        end)
        assert.equal("io", err.code)
        assert.is_truthy(tostring(err):find("corrupt " .. name .. " data at byte %d+ of the file: ")
          or tostring(err):find("ends too early", 1, true))
      end
    end)
  end

  it("is not what a text is that ends where gzip and zstd would only begin", function()
    for _, short in ipairs { "\x1f", "\x1fx", "(", "(x", "P", "P*", "_*M" } do -- all are UTF-8
      assert.equal(short, leat.read_chunks(file(short)):concat())
      assert.equal(short, leat.read_chunks(file(short, "data.txt")):concat())
    end
    assert.yields({ "(µ" }, leat.read_lines(file "(\xb5", { encoding = "latin-1" }))
    assert.yields({ "(µ/" }, leat.read_lines(file "(\xb5/", { encoding = "latin-1" }))
    assert.yields({ "no gzip" }, leat.read_lines(file("no gzip\n", "data.gz")))
  end)

  it("in gzip may be padded with zeros, and have nothing else behind it", function()
    local whole = gzip "one\ntwo\n"
    assert.yields({ "one", "two" }, leat.read_lines(file(whole .. ("\0"):rep(100000))))
    for _, garbage in ipairs { "x", "\0\0x", "\x1fx", ("\0"):rep(70000) .. whole } do
      local err = failure(function() leat.read_lines(file(whole .. garbage)):drain() end)
      assert.equal("io", err.code)
      assert.is_truthy(tostring(err):find("corrupt gzip data at byte", 1, true))
    end
  end)

  it("is left as it is when decompress is false", function()
    local whole = gzip(text)
    assert.is_true(whole == leat.read_chunks(file(whole), { decompress = false }):concat())
    local err = failure(leat.read_lines, "x", { decompress = 1 })
    assert.is_truthy(err:find "option decompress must be true or false, got 1")
  end)

  it("is no compressed file when only its first bytes look like one", function()
    for _, bytes in ipairs { "\x1f", "\x1f\x8b\n", "\x28\xb5\x2f\n", "(\n", "P\n", "P*M\n" } do
      assert.equal(bytes, leat.read_chunks(file(bytes)):concat())
    end
  end)

  it("in a format that is not read is named in the error", function()
    local err = failure(function() leat.read_csv(file("\xfd7zXZ\0\0\4\xe6\xd6,\n")):drain() end)
    assert.is_truthy(tostring(err):find("seems to be xz, which is not decompressed here", 1, true))
    err = failure(function() leat.read_jsonl(file("PK\3\4\xff")):drain() end)
    assert.equal("syntax", err.code)
  end)
end)

describe("option encoding", function()
  local sample = 'name,n\n"Ünïcödé, ' .. utf8.char(0x20ac, 0x1f600, 0xffff) .. '",1\nx,2\n'

  it("reads UTF-16 by its byte order mark, or in the order that is said", function()
    local rows = leat.read_csv(file(sample)):collect()
    for _, name in ipairs { "utf-16", "utf-16le", "utf-16be" } do
      local coded = piped("iconv -f utf-8 -t " .. name, sample)
      assert.same(rows, leat.read_csv(file(coded), { encoding = name }):collect())
      assert.equal(sample, leat.read_chunks(file(coded), { encoding = name }):concat())
    end
    local big = "\xfe\xff" .. piped("iconv -f utf-8 -t utf-16be", sample)
    assert.equal(sample, leat.read_chunks(file(big), { encoding = "utf-16" }):concat())
    assert.equal(sample, leat.read_chunks(file(big), { encoding = "utf-16be" }):concat())
  end)

  it("reads every character of UTF-16", function()
    local step = helper.scaled(1000) < 1000 and 997 or 1
    local all = code_points(1, 0xd7ff, step) .. code_points(0xe000, 0x10ffff, step)
    local coded = piped("iconv -f utf-8 -t utf-16", all)
    assert.is_true(all == leat.read_chunks(file(coded), { encoding = "utf-16" }):concat())
  end)

  it("reads Latin-1 and Windows-1252", function()
    local bytes = {}
    for i = 1, 255 do bytes[i] = string.char(i) end
    local all = table.concat(bytes)
    assert.equal(code_points(1, 255),
      leat.read_chunks(file(all), { encoding = "latin-1" }):concat())
    local euro = leat.read_lines(file "10 \x80 caf\xe9 \x9d", { encoding = "windows-1252" }):first()
    assert.equal("10 € café \u{9d}", euro)
    local printable = all:gsub("[\x81\x8d\x8f\x90\x9d]", "")
    assert.equal(piped("iconv -f cp1252 -t utf-8", printable),
      leat.read_chunks(file(printable), { encoding = "windows-1252" }):concat())
  end)

  it("counts lines and columns of the text, also of a compressed file", function()
    local coded = piped("iconv -f utf-8 -t utf-16", '{"a":1}\n{"é":x}\n')
    for _, bytes in ipairs { coded, gzip(coded), zstd(coded) } do
      local err = failure(function()
        leat.read_jsonl(file(bytes), { encoding = "utf-16" }):drain()
      end)
      assert.equal("syntax", err.code)
      assert.equal(2, err.line)
      assert.equal(7, err.column)
    end
  end)

  it("refuses what is not UTF-16, after what is", function()
    local cases = {
      { "a\0\n\0\0\xd8b\0", "utf-16le", "half a surrogate pair, at byte 5" },
      { "a\0\n\0\0\xdcb\0", "utf-16le", "half a surrogate pair, at byte 5" },
      { "a\0\n\0\0\xd8", "utf-16le", "half a surrogate pair, at byte 5" },
      { "a\0\n\0b", "utf-16le", "ends in the middle of a unit, at byte 5" },
      { "a\0\n\0", "utf-16", "there is no UTF-16 byte order mark" },
      { "\xff\xfea\0", "utf-16be", "there is the byte order mark of utf-16le" },
      { "\xfe\xff\0a", "utf-16le", "there is the byte order mark of utf-16be", none = true },
    }
    for _, case in ipairs(cases) do
      local given = {}
      local err = failure(function()
        leat.read_lines(file(case[1]), { encoding = case[2] }):on_error("skip")
          :each(function(line) given[#given + 1] = line end)
      end)
      assert.equal("io", err.code)
      assert.is_truthy(tostring(err):find(case[3], 1, true), tostring(err))
      assert.equal(case[2] == "utf-16le" and not case.none and "a" or nil, given[1])
    end
    assert.yields({}, leat.read_lines(file "", { encoding = "utf-16" }))
    assert.yields({}, leat.read_lines(file "\xff\xfe", { encoding = "utf-16" }))
  end)

  it("must be one of those that there are", function()
    local err = failure(leat.read_csv, "x", { encoding = "utf8" })
    assert.is_truthy(err:find(
      'option encoding must be "utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1" or '
      .. '"windows-1252", got "utf8"; did you mean "utf-8"?', 1, true))
    for given, meant in pairs { ["UTF-8"] = "utf-8", utf16 = "utf-16", ["UTF-16LE"] = "utf-16le",
      latin1 = "latin-1", Latin1 = "latin-1", ["windows1252"] = "windows-1252" } do
      err = failure(leat.read_lines, "x", { encoding = given })
      assert.matches(('got "%s"; did you mean "%s"?'):format(given, meant), err, 1, true)
    end
    for _, given in ipairs { "ebcdic", 5, {}, true } do
      err = failure(leat.read_lines, "x", { encoding = given })
      assert.matches(type(given) == "table" and "got table$" or type(given) == "string" and
        'got "ebcdic"$' or "got " .. tostring(given) .. "$", err)
    end
  end)

  it("is what an error about bytes that are no UTF-8 names", function()
    local hint <const> = 'if the file is in another encoding, say encoding = "latin-1" or "utf-16"'
    for _, read in ipairs {
      function() leat.read_csv(file "a\ncaf\xe9\n"):drain() end,
      function() leat.read_csv(file "caf\xe9\n1\n"):drain() end,
      function() leat.read_jsonl(file '"caf\xe9"\n'):drain() end,
      function() leat.read_jsonl(file '\xff\xfe"\0a\0"\0'):drain() end,
      function() leat.read_json(file '\xff\xfe[\0]\0'):drain() end,
      function() leat.read_json(file '["caf\xe9"]'):drain() end,
    } do
      local err = failure(read)
      assert.is_truthy(tostring(err):find(hint, 1, true), tostring(err))
    end
    local err = failure(function() leat.read_jsonl(file '"\\ud800"'):drain() end)
    assert.is_falsy(tostring(err):find(hint, 1, true))
  end)
end)
