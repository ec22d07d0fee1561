return type(require "leat".range)
