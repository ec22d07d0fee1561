-- SPDX-License-Identifier: MIT
return read_command("printf", "%s\n", "a", 1):concat() .. read_command("yes", "y"):take(2):concat()
