/* SPDX-License-Identifier: MIT
 * operators.h - the one list of operators.
 *
 * X(id, kind, signature, holds, doc) feeds registration, tostring, explain,
 * the README's table, --help and laws_spec. `holds` says what a stage keeps in
 * memory: 1 constant, n its argument, keys one entry per distinct key, group
 * the group at hand, all everything.
 *
 * To add an operator: write its steps in the file of its family (a
 * `const struct steps steps_<id>`), add one line here, write its spec.
 */
#ifndef LEAT_CORE_OPERATORS_H
#define LEAT_CORE_OPERATORS_H

/* Kinds. SOURCE: a function of the module that begins a pipeline. STAGE: a
 * method. COMBINE: both; the function's first argument goes through `from`.
 * FORK: a method that returns several pipelines. TERMINAL: a method that runs the
 * pipeline. */
#define OPERATORS(X)                                                                        \
  /* sources */                                                                             \
  X(range, SOURCE, "range(stop) | range(first, last[, step])", "1",                         \
    "numbers from first to last, both included; integers stay integers")                    \
  X(count_from, SOURCE, "count_from([start = 1[, step = 1]])", "1",                         \
    "start, start + step, ... without end")                                                 \
  X(from, SOURCE, "from(x)", "1",                                                           \
    "the elements of a list, the items of a pipeline, generator, coroutine or Lua iterator") \
  X(entries, SOURCE, "entries(t)", "keys", "tuples (key, value) of a table, keys sorted")   \
  X(generator, SOURCE, "generator(fn)", "1",                                                \
    "a function; each call is a pipeline of what fn yields")                                \
  X(resource, SOURCE, "resource(open, next, close)", "1",                                   \
    "what next(state) returns until nil; close(state) runs exactly once")                   \
  X(iterate, SOURCE, "iterate(f, x)", "1", "x, f(x), f(f(x)) ... until f returns nil")        \
  X(unfold, SOURCE, "unfold(fn, seed)", "1",                                                \
    "fn(state) returns an item and the next state, until the item is nil")                  \
  X(repeatedly, SOURCE, "repeatedly(fn[, n])", "1",                                         \
    "what fn() returns, again and again, until nil or n times")                             \
  X(duplicate, SOURCE, "duplicate(x[, n])", "1", "x again and again, or n times")           \
  X(once, SOURCE, "once(x)", "1", "x, and no more")                                         \
  X(empty, SOURCE, "empty()", "1", "nothing")                                               \
  X(read_lines, SOURCE, "read_lines(path[, options])", "1",                                 \
    "the lines of one or several files, without their line ends")                           \
  X(read_chunks, SOURCE, "read_chunks(path[, options])", "1",                               \
    "the bytes of one or several files, as the system hands them over")                     \
  X(read_jsonl, SOURCE, "read_jsonl(path[, options])", "1",                                 \
    "one record for each line of JSON")                                                     \
  X(read_json, SOURCE, "read_json(path[, options])", "1",                                   \
    "the elements of a JSON array, or of that at a path; a text that is no array is one item") \
  X(read_csv, SOURCE, "read_csv(path[, options])", "1",                                     \
    "one record for each row; the first row names the fields")                              \
  X(read_tsv, SOURCE, "read_tsv(path[, options])", "1",                                     \
    "the same of fields between tabs")                                                      \
  X(read_command, SOURCE, "read_command(program, args...[, options])", "1",                 \
    "the lines a program writes to its standard output; no shell is between")               \
  /* transform */                                                                           \
  X(map, STAGE, "map(f)", "1", "f(item) in place of each item")                             \
  X(filter, STAGE, "filter(pred)", "1", "the items for which pred is true")                 \
  X(reject, STAGE, "reject(pred)", "1", "the items for which pred is false")                \
  X(filter_map, STAGE, "filter_map(f)", "1", "f(item) where that is not nil")               \
  X(flat_map, STAGE, "flat_map(f)", "1",                                                    \
    "the items of each list, pipeline or generator that f(item) returns")                   \
  X(flatten, STAGE, "flatten([depth = 1])", "1",                                            \
    "the elements of lists, pipelines and generators; other items as they are")             \
  X(enumerate, STAGE, "enumerate([start = 1])", "1", "tuples (number, item)")               \
  X(tap, STAGE, "tap(fn)", "1", "the items unchanged, after fn(item)")                      \
  X(scan, STAGE, "scan([init, ]f)", "1", "the running fold; init comes out first")          \
  X(intersperse, STAGE, "intersperse(x)", "1", "the items with x between them")             \
  X(through, STAGE, "through(fn, ...)", "1",                                                \
    "what fn(upstream, ...) yields, or the pipeline it returns: a stage of your own")       \
  X(dedup, STAGE, "dedup([key])", "1", "items whose key is not that of the item before")    \
  X(unique, STAGE, "unique([key])", "keys", "the first item of each key")                   \
  /* fields */                                                                              \
  X(pluck, STAGE, "pluck(path)", "1", "what is at path; null where there is nothing")       \
  X(select, STAGE, "select(fields...)", "1", "these fields only, in this order")            \
  X(set, STAGE, "set{field = f}", "1", "the item with these fields set to f(item)")         \
  X(omit, STAGE, "omit(fields...)", "1", "the item without these fields")                   \
  X(rename, STAGE, "rename{old = new}", "1", "the item with fields under new names")        \
  X(explode, STAGE, "explode(path)", "1",                                                   \
    "the item once for each element of the list at path, which takes the list's place")     \
  X(flat_fields, STAGE, "flat_fields([sep = \".\"])", "1",                                  \
    "fields of objects inside as fields of the item, named by the names on the way")        \
  /* slice */                                                                               \
  X(take, STAGE, "take(n)", "1", "the first n items")                                       \
  X(drop, STAGE, "drop(n)", "1", "all but the first n items")                               \
  X(take_while, STAGE, "take_while(pred)", "1", "items until pred is false")                \
  X(drop_while, STAGE, "drop_while(pred)", "1",                                             \
    "all from the first item for which pred is false")                                      \
  X(take_until, STAGE, "take_until(pred)", "1",                                             \
    "items up to and with the first for which pred is true")                                \
  X(slice, STAGE, "slice(first[, last[, step]])", "1",                                      \
    "items first to last, counted from 1, both included")                                   \
  X(step_by, STAGE, "step_by(n)", "1", "every n-th item, beginning with the first")         \
  X(take_last, STAGE, "take_last(n)", "n", "the last n items")                              \
  X(drop_last, STAGE, "drop_last(n)", "n", "all but the last n items")                      \
  X(cycle, STAGE, "cycle([n])", "all",                                                      \
    "the items again and again, or n times; holds them only if they cannot be read again")  \
  /* combine */                                                                             \
  X(chain, COMBINE, "chain(...)", "1", "the items of each input, one input after another")  \
  X(zip, COMBINE, "zip(...[, {strict = true}])", "1",                                       \
    "tuples of one item from each input, until the shortest ends")                          \
  X(zip_longest, COMBINE, "zip_longest(...[, {fill = x}])", "1",                            \
    "tuples of one item from each input, until all have ended; x stands in for what is missing") \
  X(interleave, COMBINE, "interleave(...)", "1",                                            \
    "an item of each input in turn, until all have ended")                                  \
  X(merge_sorted, COMBINE, "merge_sorted(...[, {key = f}])", "1",                           \
    "the items of inputs that are each in order, as one in order")                          \
  X(product, COMBINE, "product(...)", "all",                                                \
    "tuples of one item from each input, in every combination; all but the first are held") \
  X(permutations, STAGE, "permutations([n])", "all",                                        \
    "tuples of n items (or all), in every choice and every order")                          \
  X(combinations, STAGE, "combinations(n)", "all",                                          \
    "tuples of n items, in every choice, in their order")                                   \
  X(join, COMBINE,                                                                          \
    "join(other, key|{left =, right =}[, {how = \"inner\"|\"left\"|\"semi\"|\"anti\"}])", "all", \
    "tuples (item, partner): partners are the items of other, which is held, with the same key") \
  /* group */                                                                               \
  X(batched, STAGE,                                                                         \
    "batched(n[, {tail = \"keep\"|\"drop\"|\"error\", max_weight = m, weight = f}])", "n",    \
    "tables of n items; the last may be shorter")                                           \
  X(sliding_window, STAGE, "sliding_window(n[, step = 1])", "n",                            \
    "tables of n items in a row, each begun step items after the one before")               \
  X(pairwise, STAGE, "pairwise()", "1", "tuples (item, the one after it)")                  \
  X(chunk_by, STAGE, "chunk_by([key])", "group",                                            \
    "tuples (key, table) of neighbours whose key is the same")                              \
  X(split_when, STAGE, "split_when(f)", "group",                                            \
    "tables of neighbours, cut where f(item, the one after it) is true")                    \
  X(group_by, STAGE, "group_by(key, ...)", "all", "tuples (key, table) of all items with a key") \
  X(count_by, STAGE, "count_by([key])", "keys", "tuples (key, number of items with it)")    \
  /* fork */                                                                                \
  X(tee, FORK, "tee(n[, {max_lag = m}])", "lag",                                            \
    "n pipelines over one run: each gets all items, once")                                  \
  X(partition, FORK, "partition(pred)", "lag",                                              \
    "two pipelines over one run: the items for which pred is true, and the others")         \
  /* order and sample */                                                                    \
  X(sort, STAGE, "sort([key...])", "all",                                                   \
    "the items in order, or in the order of key(item); equal ones as they came")            \
  X(top, STAGE, "top(n[, key...])", "n", "the n greatest items, the greatest first")        \
  X(bottom, STAGE, "bottom(n[, key...])", "n", "the n least items, the least first")        \
  X(reverse, STAGE, "reverse()", "all", "the items from the last to the first")             \
  X(sample, STAGE, "sample(n[, seed])", "n",                                                \
    "n items chosen by lot, in the order they came")                                        \
  X(sample_fraction, STAGE, "sample_fraction(p[, seed])", "1",                              \
    "each item with the probability p")                                                     \
  X(shuffle, STAGE, "shuffle([buffer[, seed]])", "n",                                       \
    "the items in random order, or each drawn from a buffer of so many")                    \
  /* flow and errors */                                                                     \
  X(on_error, STAGE, "on_error(\"raise\"|\"skip\"|fn)", "1",                                \
    "what becomes of an item that fails above: raise, leave it out, or fn(err) instead")    \
  X(catch, STAGE, "catch(fn)", "1",                                                         \
    "when the stream above fails, fn(err) decides how it goes on")                          \
  X(finally, STAGE, "finally(fn)", "1",                                                     \
    "fn(err) once, when what is above has ended, however it ended")                         \
  X(progress, STAGE, "progress()", "1",                                                     \
    "the items unchanged; the line that shows progress at a terminal counts them here")     \
  /* terminals */                                                                           \
  X(collect, TERMINAL, "collect()", "all", "a list of the items")                           \
  X(each, TERMINAL, "each(fn)", "1", "calls fn(item) for each item")                        \
  X(drain, TERMINAL, "drain()", "1", "runs to the end")                                     \
  X(count, TERMINAL, "count()", "1", "the number of items")                                 \
  X(sum, TERMINAL, "sum([f])", "1", "the sum of the items, or of f(item)")                  \
  X(mean, TERMINAL, "mean([f])", "1", "the arithmetic mean of the items, or of f(item)")    \
  X(min, TERMINAL, "min([f])", "1", "the least item, or f(item)")                           \
  X(max, TERMINAL, "max([f])", "1", "the greatest item, or f(item)")                        \
  X(minmax, TERMINAL, "minmax([f])", "1", "two values: the least and the greatest")         \
  X(min_by, TERMINAL, "min_by(key)", "1", "the first item with the least key(item)")        \
  X(max_by, TERMINAL, "max_by(key)", "1", "the first item with the greatest key(item)")     \
  X(fold, TERMINAL, "fold([init, ]f)", "1", "f(accumulator, item) over all items")          \
  X(first, TERMINAL, "first()", "1", "the first item, or nil")                              \
  X(last, TERMINAL, "last()", "1", "the last item, or nil")                                 \
  X(nth, TERMINAL, "nth(n)", "1", "the n-th item, from 1, or nil")                          \
  X(one, TERMINAL, "one()", "1", "the only item; an error if there is none, or another")    \
  X(find, TERMINAL, "find(pred)", "1", "the first item for which pred is true, or nil")     \
  X(find_index, TERMINAL, "find_index(pred)", "1",                                          \
    "the place of the first item for which pred is true, from 1, or nil")                   \
  X(any, TERMINAL, "any([pred])", "1", "whether some item is true, or pred(item)")          \
  X(all, TERMINAL, "all([pred])", "1", "whether every item is true, or pred(item)")         \
  X(none, TERMINAL, "none([pred])", "1", "whether no item is true, nor pred(item)")         \
  X(branch, TERMINAL, "branch(fn, ...)", "1",                                               \
    "fn(pipeline) for each fn, all over one run and in step; returns what each returns")    \
  X(concat, TERMINAL, "concat([sep])", "all", "strings and numbers joined into one string") \
  X(to_map, TERMINAL, "to_map(key, value)", "keys",                                         \
    "a table of value(item) at key(item); of equal keys the last value")                    \
  X(to_set, TERMINAL, "to_set([key])", "keys",                                              \
    "a table with true at each item, or at key(item)")                                      \
  X(write_lines, TERMINAL, "write_lines(path[, options])", "1",                             \
    "writes strings and numbers, a line each")                                              \
  X(write_jsonl, TERMINAL, "write_jsonl(path[, options])", "1",                             \
    "writes each item as a line of JSON")                                                   \
  X(write_json, TERMINAL, "write_json(path[, options])", "1",                               \
    "writes all items as one JSON array")                                                   \
  X(write_csv, TERMINAL, "write_csv(path[, options])", "1",                                 \
    "writes each record or list as a row; the first record's fields, or columns, are the header") \
  X(write_tsv, TERMINAL, "write_tsv(path[, options])", "1",                                 \
    "the same with tabs between the fields")

#endif
