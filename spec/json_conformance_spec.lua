-- The JSON conformance suite of the shared data, through leat.json.decode, read_jsonl and
-- read_json: y_ is accepted, n_ is refused, and what RFC 8259 leaves open (i_) is decided here.
local leat = require "leat"
local helper = require "spec.support.helper"
local lfs = require "lfs"

after_each(helper.nothing_left_open)

-- What RFC 8259 leaves open. Numbers: too large for a double is an error, too small is 0, an
-- integer of more than 64 bits is a double. Text: UTF-8 only, and no lone surrogates, escaped or
-- not, because no Lua string of valid UTF-8 could stand for one. Nesting: to 1000 levels.
local DECIDED <const> = {
  ["i_number_double_huge_neg_exp"] = true,
  ["i_number_huge_exp"] = false,
  ["i_number_neg_int_huge_exp"] = false,
  ["i_number_pos_double_huge_exp"] = false,
  ["i_number_real_neg_overflow"] = false,
  ["i_number_real_pos_overflow"] = false,
  ["i_number_real_underflow"] = true,
  ["i_number_too_big_neg_int"] = true,
  ["i_number_too_big_pos_int"] = true,
  ["i_number_very_big_negative_int"] = true,
  ["i_object_key_lone_2nd_surrogate"] = false,
  ["i_string_1st_surrogate_but_2nd_missing"] = false,
  ["i_string_1st_valid_surrogate_2nd_invalid"] = false,
  ["i_string_UTF-16LE_with_BOM"] = false,
  ["i_string_UTF-8_invalid_sequence"] = false,
  ["i_string_UTF8_surrogate_U+D800"] = false,
  ["i_string_incomplete_surrogate_and_escape_valid"] = false,
  ["i_string_incomplete_surrogate_pair"] = false,
  ["i_string_incomplete_surrogates_escape_valid"] = false,
  ["i_string_invalid_lonely_surrogate"] = false,
  ["i_string_invalid_surrogate"] = false,
  ["i_string_invalid_utf-8"] = false,
  ["i_string_inverted_surrogates_U+1D11E"] = false,
  ["i_string_iso_latin_1"] = false,
  ["i_string_lone_second_surrogate"] = false,
  ["i_string_lone_utf8_continuation_byte"] = false,
  ["i_string_not_in_unicode_range"] = false,
  ["i_string_overlong_sequence_2_bytes"] = false,
  ["i_string_overlong_sequence_6_bytes"] = false,
  ["i_string_overlong_sequence_6_bytes_null"] = false,
  ["i_string_truncated-utf-8"] = false,
  ["i_string_utf16BE_no_BOM"] = false,
  ["i_string_utf16LE_no_BOM"] = false,
  ["i_structure_500_nested_arrays"] = true,
  -- A file may begin with a byte order mark, a text may not.
  ["i_structure_UTF-8_BOM_empty_object"] = false,
}

-- Where JSON lines differ from a JSON text: blank lines are skipped, so a file without any record
-- is fine, and so is a mark at its start.
local LINES_ACCEPT <const> = {
  ["i_structure_UTF-8_BOM_empty_object"] = true,
  ["n_structure_no_data"] = true,
  ["n_single_space"] = true,
  ["n_structure_UTF8_BOM_no_data"] = true,
}

-- A value where JSON lines end it early: an error, though as a text it is fine.
local LINES_REFUSE <const> = {
  ["y_array_with_1_and_newline"] = true,
  ["y_object_with_newlines"] = true,
}

-- Where a file of JSON differs from one JSON text: it may have none, or several.
local FILES_ACCEPT <const> = {
  ["i_structure_UTF-8_BOM_empty_object"] = true,
  ["n_structure_no_data"] = true,
  ["n_single_space"] = true,
  ["n_structure_UTF8_BOM_no_data"] = true,
  ["n_structure_double_array"] = true,
  ["n_structure_object_with_trailing_garbage"] = true, -- the garbage is a JSON text, too
}

local folder = helper.data "json-conformance/test_parsing"
local names = {}
if folder then
  for file in lfs.dir(folder) do
    local name = file:match "^(.*)%.json$"
    if name then names[#names + 1] = name end
  end
  table.sort(names)
end

local function expected(name)
  local kind = name:sub(1, 1)
  if kind == "i" then
    assert(DECIDED[name] ~= nil, "nobody decided about " .. name)
    return DECIDED[name]
  end
  return kind == "y"
end

describe("the JSON conformance suite", function()
  it("is here", function()
    if not folder then return pending "the shared data is not here" end
    assert.is_true(#names >= 318)
  end)

  for _, name in ipairs(names) do
    local path = folder .. "/" .. name .. ".json"
    local accept = expected(name)

    it(("%s %s in leat.json.decode"):format(accept and "accepts" or "refuses", name), function()
      local ok, err = pcall(leat.json.decode, helper.read(path))
      assert.equal(accept, ok, tostring(err))
      if not ok then assert.matches("leat%.json%.decode: line %d+, column %d+: .", err) end
    end)

    local lines = accept
    if LINES_ACCEPT[name] ~= nil then lines = LINES_ACCEPT[name] end
    if LINES_REFUSE[name] then lines = false end

    it(("%s %s in read_jsonl"):format(lines and "accepts" or "refuses", name), function()
      local ok, err = pcall(function() leat.read_jsonl(path):drain() end)
      assert.equal(lines, ok, tostring(err))
      if not ok then
        assert.truthy(tostring(err):find(name .. ".json:", 1, true), tostring(err))
      end
    end)

    local files = accept
    if FILES_ACCEPT[name] ~= nil then files = FILES_ACCEPT[name] end

    it(("%s %s in read_json"):format(files and "accepts" or "refuses", name), function()
      local ok, err = pcall(function() leat.read_json(path):drain() end)
      assert.equal(files, ok, tostring(err))
      if not ok then
        assert.truthy(tostring(err):find(name .. ".json:", 1, true), tostring(err))
      end
    end)

    if not name:match "^i_" then -- a number is not too large where nobody wants it
      it(("%s %s where nothing of it is wanted"):format(files and "accepts" or "refuses", name),
        function()
          local p = leat.read_json(path, { path = "no.such.name" }):on_error "skip"
          local ok, err = pcall(p.drain, p)
          assert.equal(files, ok, tostring(err))
        end)
    end

    if accept and lines then
      it("gives " .. name .. " back as it was", function()
        local text = helper.read(path):gsub("^\xef\xbb\xbf", ""):match "^%s*(.-)%s*$"
        local target = helper.folder() .. "/out"
        leat.read_jsonl(path):write_jsonl(target)
        local value = leat.json.decode(text)
        if type(value) == "table" then
          assert.equal(text .. "\n", helper.read(target))
        end
        assert.same(value, leat.json.decode(helper.read(target)))
        assert.same(value, leat.json.decode(leat.json.encode(value)))
      end)
    end
  end
end)

describe("where JSON parsers differ", function()
  local cases = {
    ["number_-9223372036854775808"] = "[-9223372036854775808]",
    ["number_-9223372036854775809"] = "[-9.223372036854776e18]",
    ["number_1.0"] = "[1.0]",
    ["number_1.000000000000000005"] = "[1.0]",
    ["number_1000000000000000"] = "[1000000000000000]",
    ["number_10000000000000000999"] = "[1e19]",
    ["number_1e-999"] = "[0.0]",
    ["number_1e6"] = "[1000000.0]",
    ["number_9223372036854775807"] = "[9223372036854775807]",
    ["number_9223372036854775808"] = "[9.223372036854776e18]",
    ["object_key_nfc_nfd"] = '{"e\u{301}":"NFD","\u{e9}":"NFC"}',
    ["object_key_nfd_nfc"] = '{"e\u{301}":"NFD","\u{e9}":"NFC"}',
    ["object_same_key_different_values"] = '{"a":2}',
    ["object_same_key_same_value"] = '{"a":1}',
    ["object_same_key_unclear_values"] = '{"a":-0.0}',
    ["string_1_escaped_invalid_codepoint"] = false,
    ["string_1_invalid_codepoint"] = false, -- a surrogate in UTF-8
    ["string_2_escaped_invalid_codepoints"] = false,
    ["string_2_invalid_codepoints"] = false,
    ["string_3_escaped_invalid_codepoints"] = false,
    ["string_3_invalid_codepoints"] = false,
    ["string_with_escaped_NULL"] = '["A\\u0000B"]',
  }
  for name, written in pairs(cases) do
    it("leat reads " .. name .. " as decided", function()
      local path = helper.data("json-conformance/test_transform/" .. name .. ".json")
      if not path then return pending "the shared data is not here" end
      local text = helper.read(path)
      local ok, value = pcall(leat.json.decode, text)
      assert.equal(written ~= false, ok, tostring(value))
      if type(written) == "string" then
        assert.equal(written, leat.json.encode(value))
        local record = leat.read_jsonl(path):first()
        assert.equal(written, leat.json.encode(leat.table(record)))
      end
    end)
  end
end)

describe("the numbers of the shared data", function()
  for _, name in ipairs { "tencent-rapidjson.txt", "more-test-cases.txt" } do
    it("are read to the last bit, and read back from what is written: " .. name, function()
      local path = helper.data("json-numbers/" .. name)
      if not path then return pending "the shared data is not here" end
      local checked = 0
      for line in io.lines(path) do
        local bits, text = line:match "^%x+ %x+ (%x+) (%S+)$"
        local ok, value = pcall(leat.json.decode, text)
        if ok and bits then
          local wanted = string.unpack("d", string.pack("I8", tonumber(bits, 16)))
          assert(value + 0.0 == wanted, line)
          if math.type(value) == "float" then
            assert(string.pack("d", value) == string.pack("d", wanted), line)
          end
          assert(leat.json.decode(leat.json.encode(value)) == value, line)
          checked = checked + 1
        end
      end
      assert.is_true(checked > 30)
    end)
  end
end)
