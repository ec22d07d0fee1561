rockspec_format = "3.0"
package = "leat"
version = "scm-1"
source = {
  url = "git+https://example.org/leat.git",
}
description = {
  summary = "Lazy data pipelines: a C core, Lua 5.4 bindings",
  detailed = [[
Pipelines over files, generators and tables that hold one item at a time:
read_jsonl("events.jsonl"):filter(f):batched(500).]],
  license = "MIT",
}
dependencies = {
  "lua >= 5.4, < 5.5",
  "lpeg >= 1.0",
}
external_dependencies = {
  ZLIB = { header = "zlib.h" },
  ZSTD = { header = "zstd.h" },
}
test_dependencies = {
  "busted >= 2.1",
  "luacheck >= 1.0",
  "cqueues",
  "luv",
  "lua-cjson",
}
build = {
  type = "make",
  build_target = "module",
  install_target = "install_module",
  build_variables = {
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LUA_CFLAGS = "-I$(LUA_INCDIR)",
    LUA = "$(LUA)",
  },
  install_variables = {
    LUA_DIR = "$(LUADIR)",
    LUA_C_DIR = "$(LIBDIR)",
  },
}
