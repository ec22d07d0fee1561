-- SPDX-License-Identifier: MIT
-- prosody.cfg.lua - Prosody without chat: it serves records out of files of JSONL, by mod_jsonl.
--
-- From the project's folder, where leat is built but not installed:
--
--   eval "$(make -s env)"                     # LUA_PATH and LUA_CPATH
--   prosody -F --config examples/embed/prosody/prosody.cfg.lua
--   curl 'http://localhost:5280/records/requests.jsonl?status=error&user.country=NL&limit=3'
--
-- On Debian: apt-get install prosody. With leat installed no variable is needed.
plugin_paths = { ENV_PWD .. "/examples/embed/prosody" }
jsonl_folder = ENV_PWD .. "/examples/data"
data_path = ENV_PWD .. "/build"
pidfile = ENV_PWD .. "/build/prosody.pid"
modules_enabled = { "http", "jsonl" }
modules_disabled = { "c2s", "s2s", "offline" }
http_ports = { 5280 }
http_interfaces = { "127.0.0.1" }
https_ports = {}
log = { info = "*console" }
http_default_host = "localhost"

VirtualHost "localhost"
