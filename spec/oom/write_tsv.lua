-- SPDX-License-Identifier: MIT
return from { { 1, "a\tb" }, { 2, { "c" } } }:write_tsv("build/oom/rows.tsv",
  { columns = { "n", "s" } }).bytes
