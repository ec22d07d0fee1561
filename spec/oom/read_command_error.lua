-- The error names the program whose output is wrong.
local ok, err = pcall(function()
  return read_command("printf", "%s\n", "ab", "abcd", { max_record = 3 }):count()
end)
if not tostring(err):find("(output of printf %s\n ab abcd):2: line 2 is longer", 1, true) then
  error(err, 0)
end
return tostring(ok)
