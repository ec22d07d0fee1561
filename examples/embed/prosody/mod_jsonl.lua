-- SPDX-License-Identifier: MIT
-- mod_jsonl.lua - Prosody serves files of JSONL by HTTP: the records that have the fields of the
-- query, as many as `limit` says.
--
--   GET /records/requests.jsonl?status=error&user.country=NL&limit=3
--
-- The answer is a live run, read as fast as the client takes it: a batch at a time is in memory,
-- and no more of the file is read than was asked for. It is closed when the client goes away.
-- Prosody does nothing else while a batch is looked for.
local leat = require "leat"
local parse_query = require "util.http".formdecode

module:depends "http"
local folder = module:get_option_string("jsonl_folder")

-- What is in a record at "user.country".
local function at(record, path)
  for name in path:gmatch "[^.]+" do
    record = type(record) == "userdata" and record[name] or nil
  end
  return record
end

-- The lines of the answer, in texts of a hundred.
local function texts(path, wanted, limit)
  return leat.read_jsonl(path)
    :filter(function(record)
      for _, field in ipairs(wanted) do
        local value = at(record, field.name)
        if value == nil or tostring(value) ~= field.value then return false end
      end
      return true
    end)
    :take(limit)
    :map(function(record) return tostring(record) .. "\n" end)
    :batched(100)
    :map(table.concat)
end

local function serve(event, name)
  local response, wanted, limit = event.response, {}, math.maxinteger
  local query = parse_query(event.request.url.query or "")
  for _, field in ipairs(type(query) == "table" and query or {}) do
    if field.name ~= "limit" then
      wanted[#wanted + 1] = field
    else
      limit = math.tointeger(tonumber(field.value))
      if not limit or limit < 0 then return 400 end
    end
  end
  if not name:find "^[%w_-]+%.jsonl$" then return 404 end

  -- What is wrong at the beginning is found before anything is sent.
  local run = texts(folder .. "/" .. name, wanted, limit):open()
  local ok, err = pcall(run.peek, run)
  if not ok then
    if err.code == "io" then return 404 end
    module:log("error", "%s", err)
    response.headers.content_type = "text/plain"
    response.status_code = 500
    return tostring(err) .. "\n"
  end

  local function read()
    local good, text = pcall(run.next, run)
    if good then return text end
    module:log("error", "%s", text)
    response.conn:close() -- in the middle of the answer, which tells the client that it has no end
  end
  local function close() run:close() end
  response.on_destroy = close
  response.headers.content_type = "application/x-ndjson"
  return response:send_file { read = read, close = close } -- to Prosody, a file
end

module:provides("http", { default_path = "/records", route = { ["GET /*"] = serve } })
