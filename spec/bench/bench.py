# SPDX-License-Identifier: MIT
"""bench.py - leat against its peers, as ratios of whole processes.

A row is one job done by leat and by a peer, both checked to print the same answer. The two run in
turn, RUNS times (default 5), so that a noisy machine disturbs both; the ratio is the median of the
ratios of neighbours, the seconds are medians. Peak RSS is that of leat's process (see rss.c).

Operators are compared an item at a time, see measure_operators.

Environment: RUNS, ONLY (rows whose name contains it; "operators": all of those), RSS=1 (also once
over ten times the input: the peak must stay the same), RECORDS (default 1000000), LUA (lua5.4),
LEAT (build/leat), LUA_PATH (where LuaJIT finds luafun's fun.lua, which no distribution packages:
without it its column says so).
The exit code is 1 when a target is missed or two answers differ.
"""
import contextlib
import csv
import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = "build/bench"
RUNS = int(os.environ.get("RUNS", "5"))
ONLY = os.environ.get("ONLY", "")
RECORDS = int(os.environ.get("RECORDS", "1000000"))
LUA = os.environ.get("LUA", "lua5.4")
LEAT = os.environ.get("LEAT", "build/leat")
RSS_LIMIT_MB = 24
RSS_SLACK_MB = 2  # what may come and go between two sizes of input


def peer_script(name, *args):
    return [sys.executable if name.endswith(".py") else LUA, os.path.join(HERE, name), *args]


def leat(name, *args):
    return [LEAT, os.path.join(HERE, name), *args]


def rows(times):
    """(name, leat's command, peer's name, its command, target, faster[, clock[, answer]]): `faster`
    targets say how many times leat must be faster, the others which part of the peer's time it may
    take; a target of None is printed beside, not judged. The clock "cpu" counts the processor time
    of all of a command's processes. The answer "csv" is a file of rows, which may differ in its
    quotes and in zeros at the end of a number; others are words."""
    n_range, n_generator = str(10_000_000 * times), str(5_000_000 * times)
    for kind, part in ("plain", 1.0), ("mixed", 0.7):
        files = [f"{DATA}/{kind}.jsonl"] * times
        lazy = leat("jsonl.lua", "lazy", *files)
        yield (f"jsonl {kind}: filter, batched", lazy, "CPython json",
               peer_script("jsonl_json.py", *files), 8 * part, True)
        yield (f"jsonl {kind}: filter, batched", lazy, "lua-cjson",
               peer_script("jsonl_cjson.lua", *files), 6 * part, True)
        yield (f"jsonl {kind}: records = table", leat("jsonl.lua", "table", *files), "lua-cjson",
               peer_script("jsonl_cjson.lua", *files), 1 * part, True)
    files = [f"{DATA}/array.json"] * times
    yield ("read_json: sum of a field", leat("json.lua", *files), "ijson yajl2_c",
           peer_script("json_ijson.py", *files), 10, True)
    files = [f"{DATA}/plain.jsonl"] * times
    yield ("read_lines: count", leat("lines.lua", *files), "wc -l",
           ["sh", "-c", 'cat "$@" | wc -l' if times > 1 else 'wc -l < "$1"', "sh", *files], 3, False)
    compressed = [f"{DATA}/plain.jsonl.gz"] * times
    yield ("read_lines of .gz: CPU", leat("lines.lua", *compressed), "zcat | wc -l",
           ["sh", "-c", 'zcat "$@" | wc -l', "sh", *compressed], 1.15, False, "cpu")
    files = [f"{DATA}/table.csv"] * times
    table = leat("csv.lua", *files)
    for kind, peer, target in ("reader", "csv.reader", 4), ("dict", "csv.DictReader", 7):
        yield ("read_csv: sum of a column", table, peer,
               peer_script("csv_python.py", kind, *files), target, True)
    miller = ["mlr", "--icsv", "--onidx", "stats1", "-a", "sum", "-f", "bytes", *files]
    yield ("read_csv: sum of a column", table, "Miller", miller, 10, True)
    yield ("read_csv: sum, CPU", table, "Miller", miller, 10, True, "cpu")  # it works on all cores
    files = [f"{DATA}/plain.jsonl"] * times
    columns = "id,ts,status,latency_ms,host,path,msg"
    write = leat("csv_write.lua", columns, *files)
    for kind, peer in ("writer", "csv.writer"), ("dict", "csv.DictWriter"):
        yield ("jsonl to csv: 7 of 9 fields", write, peer,
               peer_script("csv_write_python.py", kind, columns, *files), 5, True, "wall", "csv")
    fields = ", ".join("." + name for name in columns.split(","))
    header = ", ".join(f'"{name}"' for name in columns.split(","))
    yield ("jsonl to csv: 7 of 9 fields", write, "jq",
           ["jq", "-rn", f"[{header}], (inputs | [{fields}]) | @csv", *files], 20, True, "wall", "csv")
    yield ("jsonl to csv: all, nested", leat("csv_write.lua", "all", *files), "csv.DictWriter",
           peer_script("csv_write_python.py", "dict", "all", *files), 5, True, "wall", "csv")
    if times == 1:  # holds all users
        files = [f"{DATA}/users.jsonl", f"{DATA}/events.jsonl"]
        yield ("join 1 M x 100 k", leat("join.lua", *files), "CPython json, dict",
               peer_script("join_json.py", *files), 5, True)
    ranges = leat("range.lua", n_range)
    yield ("range 1e7: filter, map, sum", ranges, "CPython genexpr",
           peer_script("range_python.py", n_range), 0.87, False)
    yield ("range 1e7: filter, map, sum", ranges, "genexpr, inlined",
           peer_script("range_python.py", n_range, "inline"), None, False)
    yield ("range 1e7: filter, map, sum", ranges, "Lua closures",
           peer_script("range_closures.lua", n_range), 0.62, False)
    for case in "sum", "take", "count", "batched", "map":
        command = leat("generator.lua", case, n_generator)
        yield (f"generator 5e6: {case}", command, "coroutine.wrap",
               peer_script("generator_wrap.lua", case, n_generator), 0.75 if case == "map" else 0.4, False)
        yield (f"generator 5e6: {case}", command, "CPython",
               peer_script("generator_python.py", case, n_generator), None, False)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, clock="wall", answer="words"):
    """Seconds, peak RSS in MB, what it printed: words, or a file of CSV, of which the path is
    returned."""
    peak, path = f"{DATA}/peak", f"{DATA}/out.{os.path.basename(command[0])}.csv"
    now = cpu_seconds if clock == "cpu" else time.perf_counter
    with open(path, "wb") if answer == "csv" else contextlib.nullcontext(subprocess.PIPE) as out:
        start = now()
        process = subprocess.run([f"{DATA}/rss", peak, *command], stdout=out)
        seconds = now() - start
    if process.returncode != 0:
        sys.exit(f"bench: {' '.join(command[:5])} ended with {process.returncode}")
    with open(peak) as file:
        return (seconds, int(file.read()) / 1024,
                path if answer == "csv" else process.stdout.split())


def number(text):
    """What 1.50 and 1.5 have in common: leat keeps the digits that it was given."""
    try:
        return float(text)
    except ValueError:
        return text


def same_answer(ours, theirs, answer):
    if answer != "csv":
        return ours == theirs
    with open(ours, newline="") as a, open(theirs, newline="") as b:
        return all(x == y or [*map(number, x)] == [*map(number, y)]
                   for x, y in itertools.zip_longest(csv.reader(a), csv.reader(b), fillvalue=()))


def generate():
    """Makes the files that are missing, or that another size or generator has made."""
    os.makedirs(DATA, exist_ok=True)
    files = {kind: f"{DATA}/{kind}.jsonl" for kind in ("plain", "mixed", "users", "events")}
    files["table"] = f"{DATA}/table.csv"
    files["array"] = f"{DATA}/array.json"
    jobs = [("plain", "generate.py", ["plain", str(RECORDS), files["plain"]]),
            ("mixed", "generate.py", ["mixed", str(RECORDS), files["mixed"]]),
            ("array", "generate.py", ["array", str(RECORDS), files["array"]]),
            ("events", "join_generate.py",
             [str(RECORDS // 10), str(RECORDS), files["users"], files["events"]]),
            ("table", "csv_generate.py", [str(RECORDS), files["table"]])]
    waiting = []
    for kind, script, arguments in jobs:
        stamp = f"{DATA}/{kind}.stamp"
        wanted = f"{RECORDS} {os.path.getmtime(os.path.join(HERE, script))}"
        if os.path.exists(files[kind]) and os.path.exists(stamp) and open(stamp).read() == wanted:
            continue
        print(f"making {files[kind]}: {RECORDS} records", flush=True)
        waiting.append((stamp, wanted, subprocess.Popen(
            [sys.executable, os.path.join(HERE, script), *arguments])))
    for stamp, wanted, process in waiting:
        if process.wait() != 0:
            sys.exit("bench: the data could not be made")
        with open(stamp, "w") as file:
            file.write(wanted)
    compressed = files["plain"] + ".gz"
    if not os.path.exists(compressed) or os.path.getmtime(compressed) < os.path.getmtime(files["plain"]):
        print(f"making {compressed}", flush=True)
        subprocess.run(["gzip", "-kf", files["plain"]], check=True)
    for path in files.values():  # into the page cache
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


LINE = "{:<30} {:<16} {:>8} {:>8} {:>9} {:>9}  {:<7} {:>7}"


def measure(peaks, name, command, peer, peer_command, target, faster, clock="wall",
            answer="words"):
    ours, theirs, ratios, peak = [], [], [], 0
    for turn in range(RUNS):
        seconds, rss, said = run(command, clock, answer)
        peer_seconds, _, peer_said = run(peer_command, clock, answer)
        if (turn == 0 or answer == "words") and not same_answer(said, peer_said, answer):
            print(f"{name}: leat says {said}, {peer} says {peer_said}")
            return False
        ours.append(seconds)
        theirs.append(peer_seconds)
        ratios.append(peer_seconds / seconds if faster else seconds / peer_seconds)
        peak = max(peak, rss)
    ratio = statistics.median(ratios)
    good = target is None or (ratio >= target if faster else ratio <= target)
    judged = "" if target is None else "ok" if good else "MISSED"
    sign = ">=" if faster else "<="
    print(LINE.format(name, peer, f"{statistics.median(ours):.3f}", f"{statistics.median(theirs):.3f}",
                      f"{ratio:.2f}" + ("x" if faster else " "),
                      "" if target is None else f"{sign} {target:.2f}", judged, f"{peak:.1f}"), flush=True)
    if not name.startswith("join"):
        peaks[name] = max(peak, peaks.get(name, 0))
    return good


# Case of itertools.lua, items.
OPERATORS = [("batched", 5e6), ("chunk_by", 2e6), ("enumerate", 5e6), ("zip", 5e6), ("chain", 5e6),
             ("flat_map", 5e6), ("sliding_window", 2e6), ("pairwise", 5e6), ("unique", 2e6),
             ("sort", 1e6), ("group_by", 2e6), ("count_by", 2e6), ("tee", 3e6), ("top", 3e6),
             ("product", 5e6)]
OPERATORS_TARGET = 1.4
OPERATOR_LINE = "{:<30} {:>8} {:>8} {:>9} {:>12}"


def time_case(command, case, items):
    """The answer and the nanoseconds an item took, as the script measures them; None: it has no
    such operator."""
    lines = subprocess.run([*command, case, str(int(items))], stdout=subprocess.PIPE,
                           check=True).stdout.decode().split("\n")
    return (lines[0], float(lines[1]) / items * 1e9) if lines[1] else (lines[0], None)


def measure_operators():
    """Each operator against itertools or more-itertools, an item at a time; luafun on LuaJIT beside
    it. The geometric mean is judged."""
    ours_command = leat("itertools.lua")
    peer_command = peer_script("itertools_python.py")
    jit_command = ["luajit", os.path.join(HERE, "itertools_luafun.lua")]
    has_jit = shutil.which("luajit") is not None
    ratios, good = [], True
    print("\nns an item, median of", RUNS)
    print(OPERATOR_LINE.format("operator", "leat", "CPython", "ratio", "luafun (JIT)"))
    for case, items in OPERATORS:
        if ONLY and ONLY not in case and ONLY != "operators":
            continue
        ours, theirs, pairs = [], [], []
        for _ in range(RUNS):
            answer, ns = time_case(ours_command, case, items)
            peer_answer, peer_ns = time_case(peer_command, case, items)
            if answer != peer_answer:
                print(f"{case}: leat says {answer}, CPython says {peer_answer}")
                return False
            ours.append(ns)
            theirs.append(peer_ns)
            pairs.append(peer_ns / ns)
        ratio = statistics.median(pairs)
        ratios.append(ratio)
        jit = "no luajit"
        if has_jit:
            jit, ns = time_case(jit_command, case, items)
            jit = f"{ns:.1f}" if ns is not None else jit
        print(OPERATOR_LINE.format(case, f"{statistics.median(ours):.1f}",
                                   f"{statistics.median(theirs):.1f}", f"{ratio:.2f}x", jit),
              flush=True)
    if len(ratios) == len(OPERATORS):
        mean = statistics.geometric_mean(ratios)
        good = mean >= OPERATORS_TARGET
        print(OPERATOR_LINE.format("geometric mean", "", "", f"{mean:.2f}x",
                                   f">= {OPERATORS_TARGET}  {'ok' if good else 'MISSED'}"))
    return good


LIBRARY = "build/release/libleat.so"
# Case of embed.c, what is counted, how many, nanoseconds it may take; None: not judged.
EMBEDDING = [("range", "leat_next, leat_get_int: range", 1e7, 60),
             ("stages", "the same: drop, take", 1e7, None),
             ("callback", "the same: map, in Lua", 5e6, None),
             ("field", "the same: a record's field", 5e6, None),
             ("open", "leat_open, leat_close", 1e3, 300e3)]


def measure_embedding():
    """What calls of leat.h cost: nanoseconds of processor time."""
    host, good = f"{DATA}/embed", True
    print("\nns a call, median of", RUNS)
    for case, what, count, target in EMBEDDING:
        if ONLY and ONLY not in "embedding: " + what:
            continue
        if not os.path.exists(host) or os.path.getmtime(host) < os.path.getmtime(LIBRARY):
            subprocess.run(["sh", "-c", "cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra "
                            f"-Isrc/host -o {host} spec/bench/embed.c {LIBRARY} "
                            "-Wl,-rpath,build/release"], check=True)
        times = [time_case([host], case, count)[1] * count / 1e9 for _ in range(RUNS)]
        ns = statistics.median(times)
        met = target is None or ns <= target
        good = good and met
        print(f"{what:<48} {ns:>10.1f}" + ("" if target is None else
              f"  <= {target:g}  {'ok' if met else 'MISSED'}"), flush=True)
    return good


def main():
    generate()
    good, peaks = True, {}
    print(LINE.format("what", "against", "leat s", "peer s", "ratio", "target", "", "RSS MB"))
    for row in rows(1):
        if ONLY in row[0]:
            good = measure(peaks, *row) and good
    over = [f"{name}: {mb:.1f} MB" for name, mb in peaks.items() if mb > RSS_LIMIT_MB]
    print(f"peak RSS under {RSS_LIMIT_MB} MB:", "MISSED by " + ", ".join(over) if over else "ok")
    good = good and not over
    if os.environ.get("RSS"):
        print("\npeak RSS in MB, and over ten times the input")
        done = set()
        for name, command, _, _, _, _, *options in rows(10):
            if ONLY in name and name not in done:
                done.add(name)
                peak = run(command, "wall", options[1] if len(options) > 1 else "words")[1]
                same = peak <= peaks[name] + RSS_SLACK_MB
                good = good and same
                print(f"{name:<30} {peaks[name]:>8.1f} {peak:>8.1f}  {'ok' if same else 'MISSED'}",
                      flush=True)
    good = measure_operators() and good
    good = measure_embedding() and good
    print(f"{'all targets met' if good else 'a target is missed'}; medians of {RUNS} pairs,",
          f"{RECORDS} records")
    sys.exit(0 if good else 1)


main()
