-- SPDX-License-Identifier: MIT
-- busted.lua - the configuration of busted (`busted -f spec/busted.lua`); spec/support/suite.lua
-- runs it with the interpreter and the LUA_CPATH of a flavour.
return {
  default = {
    ROOT = { "spec" },
    pattern = "_spec",
    lpath = "./lua/?.lua;./lua/?/init.lua;./spec/support/?.lua",
    output = "spec/support/report.lua",
  },
}
