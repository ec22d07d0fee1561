-- SPDX-License-Identifier: MIT
-- jsonl.lua - what lighttpd answers where a file of JSONL is asked for: the records that have the
-- fields of the query, as many as `limit` says.
--
--   GET /requests.jsonl?status=error&user.country=NL&limit=3
--
-- mod_magnet runs this file for each request, all in one Lua state. What is added to the body
-- leaves when it returns; lighttpd moves a long one from memory to a temporary file, so neither
-- the file asked for nor the answer need fit in memory.
local leat = require "leat"
local request, answer = lighty.r.req_attr, lighty.r.resp_body

local wanted = lighty.c.urldec_query(request["uri.query"] or "")
local limit = math.tointeger(tonumber(wanted.limit or math.maxinteger))
wanted.limit = nil

local function refuse(status, message)
  lighty.r.resp_header["Content-Type"] = "text/plain"
  answer:set { message, "\n" }
  return status
end

if not limit or limit < 0 then return refuse(400, "limit is a whole number") end

-- What is in a record at "user.country".
local function at(record, path)
  for name in path:gmatch "[^.]+" do
    record = type(record) == "userdata" and record[name] or nil
  end
  return record
end

local function is_wanted(record)
  for path, value in pairs(wanted) do
    local field = at(record, path)
    if field == nil or tostring(field) ~= value then return false end
  end
  return true
end

local ok, err = pcall(function()
  leat.read_jsonl(request["physical.path"])
    :filter(is_wanted)
    :take(limit)
    :map(tostring)
    :batched(500)
    :each(function(lines) answer:add { table.concat(lines, "\n"), "\n" } end)
end)
if ok then
  lighty.r.resp_header["Content-Type"] = "application/x-ndjson"
  return 200
end

-- Nothing has been sent yet: the message takes the place of what is in the body.
if err.code == "io" then return refuse(404, "no such file") end
return refuse(500, tostring(err))
