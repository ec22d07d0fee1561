-- SPDX-License-Identifier: MIT
-- prosody_spec.lua - leat inside a server that reads generators bit by bit: examples/embed/prosody,
-- in a real Prosody on a port of its own, asked over the loopback.
local leat = require "leat"
local lfs = require "lfs"
local helper = require "spec.support.helper"
local inside = require "spec.support.inside"
local has_luv, loopback = pcall(require, "spec.support.loopback")

after_each(helper.nothing_left_open)

local DATA <const> = inside.DATA
local PROSODY <const> = "/usr/bin/prosody"

local why_not = inside.why_not { ["lua-luv"] = has_luv, prosody = lfs.attributes(PROSODY) }
local it = why_not and function(name) it(name, function() pending(why_not) end) end or it
local get = has_luv and loopback.get

-- Runs body(server) while Prosody serves the files of `folder`, and sees to it that it ends well.
-- Returns what it has logged as errors.
local function serving(folder, body)
  local own, port = helper.folder(), loopback.free_port()
  assert(lfs.mkdir(own .. "/certs"))
  helper.write(own .. "/prosody.cfg.lua", ([[
    Include "%s/examples/embed/prosody/prosody.cfg.lua"
    jsonl_folder = "%s"
    data_path = "%s"
    pidfile = "%s/pid"
    http_ports = { %d }
    log = { info = "%s/log" }
    run_as_root = true
    VirtualHost "localhost"
  ]]):format(inside.ROOT, folder, own, own, port, own))
  local env = inside.environment ";;"
  table.move({ "PATH=" .. os.getenv "PATH", "HOME=" .. own }, 1, 2, #env + 1, env)
  local code, signal = loopback.serve({
    program = PROSODY, args = { "-F", "--config", own .. "/prosody.cfg.lua" },
    env = env,
    port = port, signal = "sigterm",
  }, function(pid) body { port = port, pid = pid } end)
  local log = helper.read(own .. "/log")
  assert.same({ 0, 0 }, { code, signal }, log)
  local errors = {}
  for line in log:gmatch "[^\n]+" do
    if line:find "\terror\t" then errors[#errors + 1] = line:match "\terror\t(.*)" end
  end
  return errors
end

-- How far the process is in a file that it has open; nil if it has not.
local function position(pid, path)
  for _, fd in ipairs(helper.names("/proc/" .. pid .. "/fd")) do
    if lfs.symlinkattributes(("/proc/%d/fd/%s"):format(pid, fd), "target") == path then
      return tonumber(helper.read(("/proc/%d/fdinfo/%s"):format(pid, fd)):match "pos:%s*(%d+)")
    end
  end
end

local RECORD <const> = '{"text":"' .. ("x"):rep(1000) .. '"}\n'

describe("leat in Prosody", function()
  it("answers with the records that the query asks for", function()
    serving(DATA, function(server)
      local expected = leat.read_jsonl(DATA .. "/requests.jsonl"):filter(function(r)
        return r.status == "error" and r.user.country == "NL"
      end):map(tostring):concat "\n" .. "\n"
      local status, headers, body, whole = get(server.port,
        "/records/requests.jsonl?status=error&user.country=NL")
      assert.equal(200, status)
      assert.matches("Content-Type: application/x-ndjson", headers, 1, true)
      assert.equal(expected, body)
      assert.is_true(whole)
      status, headers, body, whole = get(server.port, "/records/requests.jsonl")
      assert.equal(200, status)
      assert.truthy(headers:find "chunked")
      assert.equal(helper.read(DATA .. "/requests.jsonl"), body)
      assert.is_true(whole)
      status, headers, body, whole = get(server.port, "/records/requests.jsonl?limit=0")
      assert.equal(200, status)
      assert.truthy(headers:find "chunked")
      assert.equal("", body)
      assert.is_true(whole)
    end)
  end)

  it("refuses what is not there and what makes no sense", function()
    serving(DATA, function(server)
      for path, expected in pairs { ["nowhere.jsonl"] = 404, ["stock.csv"] = 404,
        ["../data/requests.jsonl"] = 404, ["%2e%2e/data/requests.jsonl"] = 404, [""] = 404,
        ["requests.jsonl?limit=many"] = 400, ["requests.jsonl?limit=-1"] = 400 } do
        assert.equal(expected, (get(server.port, "/records/" .. path)), path)
      end
    end)
  end)

  it("says what is wrong in a file, and breaks off an answer that has begun", function()
    local folder = helper.folder()
    helper.write(folder .. "/bad.jsonl", '{"ms": }\n')
    helper.write(folder .. "/late.jsonl", RECORD:rep(1000) .. '{"ms": }\n')
    local errors = serving(folder, function(server)
      local status, _, body = get(server.port, "/records/bad.jsonl")
      assert.equal(500, status)
      assert.matches("bad.jsonl:1:8: expected a value after ':', got '}'", body, 1, true)
      local whole
      status, _, body, whole = get(server.port, "/records/late.jsonl")
      assert.equal(200, status)
      assert.is_false(whole)
      assert.equal(RECORD:rep(1000), body)
      status, _, body, whole = get(server.port, "/records/late.jsonl?limit=1")
      assert.same({ 200, RECORD, true }, { status, body, whole })
    end)
    assert.equal(2, #errors)
    assert.matches("bad.jsonl:1:8: expected a value", errors[1], 1, true)
    assert.matches("late.jsonl:1001:8: expected a value", errors[2], 1, true)
  end)

  it("answers many requests at a time", function()
    serving(DATA, function(server)
      local expected, requests, wrong = helper.read(DATA .. "/requests.jsonl"), {}, 0
      for i = 1, 40 do
        requests[i] = function()
          local status, _, body, whole = get(server.port, "/records/requests.jsonl")
          if status ~= 200 or body ~= expected or not whole then wrong = wrong + 1 end
        end
      end
      loopback.together(requests)
      assert.equal(0, wrong)
    end)
  end)

  it("reads no further than the client does, and closes the file when it goes away", function()
    if not lfs.attributes "/proc/self/fdinfo" then return pending "there is no /proc" end
    local folder = helper.folder()
    local path, records = folder .. "/long.jsonl", helper.scaled(60000)
    helper.write(path, RECORD:rep(records))
    serving(folder, function(server)
      local socket = loopback.ask(server.port, "/records/long.jsonl")
      assert.truthy(loopback.read(socket))
      local first, second
      for _ = 1, 30 do -- until the sockets' buffers are full
        first = position(server.pid, path)
        loopback.sleep(200)
        second = position(server.pid, path)
        if first == second then break end
      end
      if records == 60000 then
        assert.equal(first, second)
        assert.truthy(first < #RECORD * records / 2, first)
      end
      socket:close()
      for _ = 1, 200 do
        if not position(server.pid, path) then break end
        loopback.sleep(10)
      end
      assert.is_nil(position(server.pid, path))
      local status, _, body = get(server.port, "/records/long.jsonl?limit=2")
      assert.equal(200, status)
      assert.equal(RECORD:rep(2), body)
      assert.is_nil(position(server.pid, path))
    end)
  end)
end)
