-- SPDX-License-Identifier: MIT
-- usage.lua - what `leat --help` and the man page say of the command line. Rows are { what is
-- typed, what it does }; operators are in core/operators.h, their options in options.lua.
return {
  -- After the name of the command.
  synopsis = {
    { "", "look around at the terminal; :help there says more" },
    { "SCRIPT [ARGUMENTS]", "run a script ('-': standard input)" },
    { "-e CODE [FILES]", "run code; print what it returns" },
    { "':OPERATOR(...)...' [FILES]", "the same for input():OPERATOR(...)..." },
    { "--help [NAME] | --version" },
  },

  about = "leat runs data pipelines: lazy, one item at a time, in constant memory unless an "
    .. "operator says what it holds. The operators are in scope in a script; `arg` holds its "
    .. "arguments.",

  options = {
    { "-e CODE", "CODE is an expression or statements. A pipeline is printed item by item: strings "
      .. "as they are, everything else as one line of JSON. nil prints nothing." },
    { "':...'", "continues input(): what is in the files named, each read by its ending (.jsonl "
      .. ".ndjson .json .csv .tsv; .txt .log: lines; also with .gz or .zst behind it; else JSONL), "
      .. "or the JSONL of standard input" },
    { "--quiet", "before all others: no line on standard error that says how far work has come "
      .. "after a second, where that is a terminal" },
    { "--", "ends the options" },
    { "--help", "the usage and every operator; --help NAME says more of one name" },
    { "--version", "the version" },
  },

  -- Of operators, by the names they have in signatures.
  arguments = {
    { "fn", "a function" },
    { "f pred key", [[a function, or a path: "user.name", "items[-1]", 'a["x y"]', "_" the item ]]
      .. [[itself, "_2" the second part of a tuple]] },
    { "path", 'of a reader: a file, a pattern such as "logs/*.jsonl", a list of both, an open '
      .. 'file, or "-" for standard input' },
    { "options", 'a table such as {records = "table"}; --help NAME lists them' },
  },

  examples = {
    { "leat ':filter(function(r) return r.ms > 100 end):count()' events.jsonl",
      "the number of records with more than 100 ms" },
    { "leat ':map(function(r) return r.user.name end):take(3)' < events.jsonl",
      "the first three names" },
    { "leat -e 'range(10):filter(function(n) return n % 3 == 0 end):collect()'",
      "the numbers as one line of JSON" },
    { [[leat -e 'read_lines("notes.txt"):enumerate()']], "the lines with their numbers" },
    { "leat job.lua july.jsonl", "a script with an argument" },
  },

  exit_codes = {
    { "0", "done, also when the reader of the output went away" },
    { "1", "an error in script or data" },
    { "2", "wrong usage" },
    { "3", "done, but records were skipped" },
    { "130", "interrupted by Ctrl-C: pcall and catch let it through, finally and <close> do their "
      .. "work; a second one ends at once" },
  },

  environment = {
    { "NO_COLOR", "when set, nothing is written in colours to a terminal" },
    { "TERM", "what the terminal is, for the line that is edited; dumb, or one that is not known: "
      .. "nothing but text" },
    { "HOME", "where .local/state/leat/history is, unless the next two say so" },
    { "LEAT_HISTORY", "the file of entries of earlier sessions; empty: none is kept" },
    { "XDG_STATE_HOME", "where leat/history is, unless LEAT_HISTORY says so" },
    { "LUA_PATH LUA_CPATH", "where scripts find further Lua modules, as in lua5.4; leat itself "
      .. "needs none of them" },
  },

  files = {
    { "~/.local/state/leat/history", "entries of earlier sessions, unless the environment says "
      .. "otherwise; the last thousand or two, for its owner alone" },
    { "~/.editrc", "keys of the line that is edited, see editrc(5)" },
    { ".TARGET.*.leat-tmp", "what a terminal such as write_jsonl writes, in the folder of its "
      .. "target, which it replaces when the run has ended well. It is removed when a run fails, "
      .. "or a signal ends leat; what is left by a crash or SIGKILL, by the next run that writes "
      .. "the same target." },
  },

  -- The families of core.operators(), in the order of their listing.
  families = {
    { "source", "Sources" },
    { "stage", "Methods of a pipeline, which give a pipeline" },
    { "combine", "The same, and functions too" },
    { "fork", "Methods that return several pipelines" },
    { "terminal", "Methods that run a pipeline" },
  },

  -- What an operator keeps in memory, by the word in core.operators() and explain().
  holds = {
    ["1"] = "constant memory",
    n = "as many items as its argument says",
    group = "the items of one group",
    keys = "one entry for each key",
    lag = "the items between its fastest and its slowest reader",
    all = "all items",
  },
}
