-- SPDX-License-Identifier: MIT
-- loopback.lua - for specs of leat inside servers: runs a real one on a port of its own and asks it
-- over the loopback. Needs luv. What waits, waits in coroutines under luv's loop.
local lfs = require "lfs"
local uv = require "luv"

local loopback = {}

local LONGEST <const> = 60 -- seconds of a test

-- The running coroutine waits until what start(done) begins calls done(...); returns what it gave.
local function await(start)
  local co, results = coroutine.running(), nil
  start(function(...)
    results = results or table.pack(...)
    if coroutine.status(co) == "suspended" then assert(coroutine.resume(co)) end
  end)
  while not results do coroutine.yield() end
  return table.unpack(results, 1, results.n)
end

function loopback.sleep(ms)
  await(function(done)
    local timer = uv.new_timer()
    timer:start(ms, 0, function() timer:close() done() end)
  end)
end

-- A port that nobody listens at.
function loopback.free_port()
  local socket = uv.new_tcp()
  assert(socket:bind("127.0.0.1", 0))
  local port = socket:getsockname().port
  socket:close()
  return port
end

-- Whether nobody listens there.
function loopback.is_free(port)
  local socket = uv.new_tcp()
  local free = socket:bind("127.0.0.1", port) ~= nil
  socket:close()
  uv.run()
  return free
end

-- A connection on which a request has been sent; or nil, message. Read it with `read`.
function loopback.ask(port, path)
  local socket = uv.new_tcp()
  local err = await(function(done) socket:connect("127.0.0.1", port, done) end)
  if err then
    socket:close()
    return nil, err
  end
  socket:write("GET " .. path .. " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
  return socket
end

-- What comes next, or nil at the end.
function loopback.read(socket)
  return await(function(done)
    socket:read_start(function(err, piece)
      socket:read_stop()
      done(not err and piece or nil)
    end)
  end)
end

-- A body sent in chunks, and whether it has its end.
local function joined(text)
  local pieces, at = {}, 1
  while true do
    local size, from = text:match("^(%x+)\r\n()", at)
    size = tonumber(size or "", 16)
    if not size or size == 0 then return table.concat(pieces), size == 0 end
    pieces[#pieces + 1] = text:sub(from, from + size - 1)
    at = from + size + 2
  end
end

-- Asks and reads the answer to its end -> status, headers, body, whether it was whole; or nil,
-- message.
function loopback.get(port, path)
  local socket, err = loopback.ask(port, path)
  if not socket then return nil, err end
  local pieces = {}
  for piece in loopback.read, socket do pieces[#pieces + 1] = piece end
  socket:close()
  local status, headers, body = table.concat(pieces):match
    "^HTTP/1%.[01] (%d+)[^\r]*\r\n(.-)\r\n\r\n(.*)$"
  if not status then return nil, "no answer" end
  local whole
  if headers:lower():find "transfer%-encoding: chunked" then
    body, whole = joined(body)
  else
    local length = tonumber(headers:lower():match "content%-length: (%d+)")
    whole = not length or length == #body
  end
  return tonumber(status), headers, body, whole
end

-- Runs functions side by side; returns when all have ended.
function loopback.together(functions)
  local left, failure = #functions, nil
  for _, fn in ipairs(functions) do
    assert(coroutine.resume(coroutine.create(function()
      local ok, err = pcall(fn)
      if not ok then failure = failure or err end
      left = left - 1
    end)))
  end
  while left > 0 do loopback.sleep(5) end
  if failure then error(failure, 0) end
end

-- Starts program(args...) with nothing in its environment but env, waits until it answers at port,
-- runs body(pid) in a coroutine, ends it with `signal` -> its exit code, the signal that ended it.
-- Raises what body raised. options: program, args, env, port, signal.
function loopback.serve(options, body)
  local code, number, failure
  local handle, pid = uv.spawn(options.program, {
    args = options.args, env = options.env, cwd = lfs.currentdir(),
    detached = true, -- servers signal their whole group
  }, function(...) code, number = ... end)
  assert(handle, pid)

  local limit = uv.new_timer()
  limit:start(LONGEST * 1000, 0, function()
    failure = failure or ("the test took more than %d s"):format(LONGEST)
    uv.kill(-pid, "sigkill")
  end)
  assert(coroutine.resume(coroutine.create(function()
    local ok, err = xpcall(function()
      for _ = 1, 2000 do
        local socket = not code and loopback.ask(options.port, "/")
        if socket then
          socket:close()
          return body(pid)
        end
        loopback.sleep(5)
      end
      error "the server does not answer"
    end, function(err) return type(err) == "string" and debug.traceback(err) or err end)
    if not ok then failure = failure or err end
    handle:kill(options.signal)
    while not code do loopback.sleep(5) end
    uv.kill(-pid, "sigkill") -- nobody of its group may be left
    limit:close()
    handle:close()
  end)))
  uv.run()
  if failure then error(failure, 0) end
  return code, number
end

return loopback
