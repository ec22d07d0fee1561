-- SPDX-License-Identifier: MIT
-- lighttpd_spec.lua - leat inside a web server: examples/embed/lighttpd, in a real lighttpd on a
-- port of its own, asked over the loopback.
local leat = require "leat"
local lfs = require "lfs"
local helper = require "spec.support.helper"
local inside = require "spec.support.inside"
local has_luv, loopback = pcall(require, "spec.support.loopback")

after_each(helper.nothing_left_open)

local DATA <const> = inside.DATA

local function installed()
  for _, folder in ipairs { "/usr/sbin/", "/usr/local/sbin/", "/usr/bin/" } do
    if lfs.attributes(folder .. "lighttpd") then return folder .. "lighttpd" end
  end
end
local LIGHTTPD <const> = installed()
local has_magnet = LIGHTTPD and (lfs.attributes "/usr/lib/lighttpd/mod_magnet.so"
  or lfs.attributes "/usr/local/lib/lighttpd/mod_magnet.so")

local why_not = inside.why_not { ["lua-luv"] = has_luv, lighttpd = LIGHTTPD,
  ["mod_magnet of lighttpd"] = has_magnet }
local it = why_not and function(name) it(name, function() pending(why_not) end) end or it

-- Runs body(server) while lighttpd serves the files of `folder`, and sees to it that it ends well
-- and has nothing to complain of. SIGINT: it ends the answers at hand first (stopped with
-- connections open it ends with 1).
local function serving(folder, body, settings)
  local own, port = helper.folder(), loopback.free_port()
  helper.write(own .. "/lighttpd.conf", ([[
    include "%s/examples/embed/lighttpd/lighttpd.conf"
    server.port := %d
    server.document-root := "%s"
    server.errorlog = "%s/errors"
    server.upload-dirs = ( "%s" )
    %s
  ]]):format(inside.ROOT, port, folder, own, own, settings or ""))
  local code, signal = loopback.serve({
    program = LIGHTTPD, args = { "-D", "-f", own .. "/lighttpd.conf" },
    env = inside.environment "",
    port = port, signal = "sigint",
  }, function(pid) body { port = port, pid = pid } end)
  local errors = helper.read(own .. "/errors")
  assert.same({ 0, 0 }, { code, signal }, errors)
  for line in errors:gmatch "[^\n]+" do
    assert.truthy(line:find "server started" or line:find "server stopped"
      or line:find "graceful shutdown" or line:find "clock jumped", line)
  end
  return port
end

local get = has_luv and loopback.get

-- The lines that leat itself finds: what is to be answered.
local function lines(pred)
  local found = leat.read_jsonl(DATA .. "/requests.jsonl"):filter(pred):map(tostring):collect()
  return table.concat(found, "\n") .. "\n"
end

local function is_dutch_error(r) return r.status == "error" and r.user.country == "NL" end

describe("leat in lighttpd", function()
  it("answers with the records that the query asks for", function()
    serving(DATA, function(server)
      local status, headers, body, _ = get(server.port,
        "/requests.jsonl?status=error&user.country=NL")
      assert.equal(200, status)
      assert.matches("Content-Type: application/x-ndjson", headers, 1, true)
      assert.equal(lines(is_dutch_error), body)
      status, _, body = get(server.port, "/requests.jsonl?limit=2&user%2Ecountry=NL")
      assert.equal(200, status)
      assert.equal(2, select(2, body:gsub("\n", "")))
      status, _, body = get(server.port, "/requests.jsonl")
      assert.equal(200, status)
      assert.equal(helper.read(DATA .. "/requests.jsonl"), body)
      status, _, body = get(server.port, "/requests.jsonl?status=nothing")
      assert.equal(200, status)
      assert.equal("", body)
    end)
  end)

  it("leaves other files to lighttpd", function()
    serving(DATA, function(server)
      local status, _, body = get(server.port, "/stock.csv")
      assert.equal(200, status)
      assert.equal(helper.read(DATA .. "/stock.csv"), body)
    end)
  end)

  it("says what is wrong, and answers the next request", function()
    local folder = helper.folder()
    helper.write(folder .. "/bad.jsonl", '{"ms": 5}\n{"ms": }\n{"ms": 7}\n')
    serving(folder, function(server)
      for _ = 1, 3 do
        local status, headers, body = get(server.port, "/bad.jsonl")
        assert.equal(500, status)
        assert.matches("Content-Type: text/plain", headers, 1, true)
        assert.matches("bad.jsonl:2:8: expected a value after ':', got '}'", body, 1, true)
        assert.equal(404, (get(server.port, "/nowhere.jsonl")))
        assert.equal(404, (get(server.port, "/../jsonl.lua.jsonl")))
        for _, limit in ipairs { "-1", "many", "1.5", "" } do
          assert.equal(400, (get(server.port, "/bad.jsonl?limit=" .. limit)))
        end
        status, _, body = get(server.port, "/bad.jsonl?limit=1")
        assert.equal(200, status)
        assert.equal('{"ms": 5}\n', body)
      end
    end, "server.max-worker := 0") -- one process, so that it is the same that goes on
  end)

  it("answers many requests at a time", function()
    serving(DATA, function(server)
      local paths = { ["/requests.jsonl?status=error&user.country=NL"] = lines(is_dutch_error),
        ["/requests.jsonl"] = helper.read(DATA .. "/requests.jsonl"),
        ["/requests.jsonl?status=ok"] = lines(function(r) return r.status == "ok" end) }
      local requests, wrong = {}, 0
      for path, expected in pairs(paths) do
        for _ = 1, 20 do
          requests[#requests + 1] = function()
            local status, _, body = get(server.port, path)
            if status ~= 200 or body ~= expected then wrong = wrong + 1 end
          end
        end
      end
      loopback.together(requests)
      assert.equal(0, wrong)
    end)
  end)

  it("goes on when a client goes away in the middle of an answer", function()
    local folder = helper.folder()
    local record = '{"text":"' .. ("x"):rep(1000) .. '"}\n'
    helper.write(folder .. "/long.jsonl", record:rep(helper.scaled(10000)))
    serving(folder, function(server)
      for _ = 1, 5 do
        local socket = loopback.ask(server.port, "/long.jsonl")
        assert.truthy(loopback.read(socket))
        socket:close()
      end
      local status, _, body = get(server.port, "/long.jsonl?limit=1")
      assert.equal(200, status)
      assert.equal(record, body)
    end)
  end)

  it("holds neither the file nor the answer in memory", function()
    local status_file = "/proc/self/status"
    if not lfs.attributes(status_file) then return pending "there is no /proc" end
    local folder = helper.folder()
    local record = '{"text":"' .. ("x"):rep(1000) .. '"}\n'
    local text = record:rep(helper.scaled(60000)) -- 60 MB
    helper.write(folder .. "/long.jsonl", text)
    serving(folder, function(server)
      local status, _, body = get(server.port, "/long.jsonl")
      assert.equal(200, status)
      assert.is_true(body == text)
      local peak = helper.read("/proc/" .. server.pid .. "/status"):match "VmHWM:%s*(%d+) kB"
      assert.truthy(tonumber(peak) < 16 * 1024, peak .. " kB")
    end, "server.max-worker := 0")
  end)

  it("leaves nobody at its port when it has ended", function()
    local port = serving(DATA, function(server)
      assert.equal(200, (get(server.port, "/requests.jsonl")))
    end)
    assert.is_true(loopback.is_free(port))
  end)
end)
