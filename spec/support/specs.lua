-- SPDX-License-Identifier: MIT
-- specs.lua - busted as a script, so that any interpreter can run the specs:
--   lua5.4 spec/support/specs.lua -f spec/busted.lua [busted's options] [files]
require "busted.runner" { standalone = false }
