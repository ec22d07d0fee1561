-- Settings of luacheck; `make check` runs it over all Lua code.
std = "lua54"
max_line_length = 100
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/support/*.lua"] = { std = "+busted" }
-- Scripts of leat see its vocabulary.
local vocabulary = {
  "range", "count_from", "from", "entries", "generator", "resource", "once", "empty", "input",
  "iterate", "unfold", "repeatedly", "duplicate",
  "read_lines", "read_chunks", "read_csv", "read_tsv", "read_jsonl", "read_json",
  "read_command",
  "chain", "zip", "yield", "yield_from", "leat",
  "zip_longest", "interleave", "merge_sorted", "product", "join",
  "desc", "null", "json", "has", "array", "on_error",
}
files["examples/**/*.lua"] = { read_globals = vocabulary, allow_defined_top = true }
files["spec/oom/*.lua"] = { read_globals = vocabulary, allow_defined_top = true }
files["spec/oom/host_*.lua"] = { read_globals = { "host_add", "host_items" } }
files["spec/bench/*.lua"] = { read_globals = vocabulary, allow_defined_top = true }
files["examples/embed/lighttpd/*.lua"] = { globals = { "lighty" } }
files["examples/embed/prosody/*.lua"] = { globals = { "module" },
  read_globals = { "ENV_PWD", "VirtualHost" }, ignore = { "131" } } -- settings that Prosody reads
