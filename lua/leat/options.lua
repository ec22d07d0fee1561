-- SPDX-License-Identifier: MIT
-- options.lua - the options of operators and other functions: for each a list of { name, type, what
-- it does }. Types are written as the Lua language server writes them; `f` is a function or a path.
-- `leat --help NAME`, the man page and the types for editors show them; a spec compares the names
-- with those that the C code takes.

local RECORDS <const> = { "records", '"lazy"|"table"',
  '"lazy" unless given: records that read a field when it is touched; "table": plain tables' }
local TRUSTED <const> = { "trusted", "boolean",
  "true: the text is known to be well-formed and is not checked in full, which is faster" }

local ENCODING <const> = { "encoding",
  '"utf-8"|"utf-16"|"utf-16le"|"utf-16be"|"latin-1"|"windows-1252"',
  'what the text is in, "utf-8" unless given; "utf-16": by its byte order mark' }
local DECOMPRESS <const> = { "decompress", "boolean",
  "false: files that begin as gzip or zstd do are read as they are" }

local function max_record(what, limit)
  return { "max_record", "integer", ("bytes of %s at most, %s unless given"):format(what, limit) }
end

-- One table for what separates fields by commas and by tabs.
local csv = {
  { "header", "boolean", "true unless columns are given: the first row of each file names the "
    .. "fields; false: rows are lists" },
  { "columns", "string[]", "names of the fields of files without a header; with header = true, in "
    .. "place of the names there" },
  { "delimiter", "string", "the byte between fields" },
  { "quote", "string|false", [[the byte around fields, '"' unless given; false: quotes are text]] },
  { "comment", "string", "rows that begin with this byte are passed over" },
  { "null", "string|string[]", "what stands for null where it is in no quotes" },
  { "types", 'table<string, "string"|"number"|"boolean">', "types of fields by their names; an "
    .. "empty field is null then, what is neither is an error" },
  { "infer", "boolean", "true: a field that looks like a number, true or false is one, if it is in "
    .. "no quotes" },
  { "ragged", '"error"|"pad"|"keep"|"skip"', 'rows with too few or too many fields: "error" '
    .. 'unless given; "pad" with null, too many stay an error; "keep"; "skip", counted' },
  RECORDS,
  TRUSTED,
  max_record("a row", "16 MB"),
  ENCODING,
  DECOMPRESS,
}

-- One table for what is read as JSON, lines or documents.
local function json(what)
  return {
    RECORDS,
    TRUSTED,
    { "max_depth", "integer", "levels of nesting at most, 1000 unless given" },
    max_record(what, "2^30"),
    ENCODING,
    DECOMPRESS,
  }
end

local read_json = json "an element"
table.insert(read_json, 1, { "path", "string", "where in the text the array is; \"data.rows\"" })

local LEVEL <const> = { "level", "integer",
  "how hard gzip (1 to 9) or zstd (1 to 19) try, if the path ends in .gz or .zst" }

local write_csv = {
  { "columns", "string[]", "the fields to write, in this order; those of the first record unless "
    .. "given" },
  { "header", "boolean", "false: no first row with the names" },
  { "delimiter", "string", "the byte between fields" },
  { "quote", "string|false", [[the byte around fields that need it, '"' unless given; false: a ]]
    .. "field that needs it is an error" },
  { "null", "string", "what null and missing fields are written as, nothing unless given; a "
    .. "string that is the same is in quotes" },
  { "ragged", '"error"|"pad"|"cut"|"skip"', 'what does not fit the columns: "error" unless given; '
    .. '"pad": short lists with null; "cut": also leaves out what has no column; "skip": leaves '
    .. "out the item, counted" },
  LEVEL,
}

return {
  read_lines = { max_record("a line", "2^30"), ENCODING, DECOMPRESS },
  read_chunks = {
    { "size", "integer", "bytes in a chunk at most; unless given, what the system hands over" },
    ENCODING,
    DECOMPRESS,
  },
  read_jsonl = json "a line",
  read_json = read_json,
  read_command = { max_record("a line", "2^30"), ENCODING, DECOMPRESS },
  read_csv = csv,
  read_tsv = csv,
  write_lines = { LEVEL },
  write_jsonl = { LEVEL },
  write_json = { LEVEL },
  write_csv = write_csv,
  write_tsv = write_csv,
  zip = { { "strict", "boolean", "true: inputs of different lengths are an error" } },
  zip_longest = { { "fill", "any", "stands in for what is missing; null unless given" } },
  merge_sorted = { { "key", "f", "what the inputs are in order of; desc(key) for falling order" } },
  join = { { "how", '"inner"|"left"|"semi"|"anti"', 'items with partners, "inner" unless given; '
    .. '"left": those without, too, alone; "semi": items that have a partner, alone; "anti": that '
    .. "have none" } },
  batched = {
    { "tail", '"keep"|"drop"|"error"', 'a last table of fewer items: "keep" unless given' },
    { "max_weight", "number", "a table ends before its items weigh more than this together" },
    { "weight", "f", "what an item weighs; needed by max_weight" },
  },
  memory = { { "reset", "boolean", "true: the peak begins anew, after it is read" } },
  tee = { { "max_lag", "integer", "items that may be held for the slower pipelines; more are an "
    .. "error" } },
}
