"""itertools_python.py CASE N: the cases of itertools.lua with itertools and more-itertools."""
import heapq
import itertools
import sys
import time
from collections import Counter, defaultdict

from more_itertools import chunked, ilen, unique_everseen

try:
    from more_itertools import sliding_window
except ImportError:  # before 9.0; the same for windows that are not longer than the input
    from more_itertools import windowed as sliding_window

case, n = sys.argv[1], int(float(sys.argv[2]))


def scattered(limit):
    return [i * 2654435761 % 4294967296 % limit for i in range(n)]


def same(x):
    return x


def group_by(data):
    groups = defaultdict(list)
    for x in data:
        groups[same(x)].append(x)
    return len(groups)


def tee(_):
    a, b = itertools.tee(range(1, n + 1))
    return ilen(zip(a, b))


def flat_map(data):
    return ilen(itertools.chain.from_iterable(map(lambda _: data, range(n // 10))))


PREPARE = {"unique": lambda: scattered(n), "sort": lambda: scattered(n),
           "top": lambda: scattered(n), "count_by": lambda: scattered(1000),
           "group_by": lambda: scattered(1000), "flat_map": lambda: list(range(1, 11))}
CASES = {
    "batched": lambda _: ilen(chunked(range(1, n + 1), 100)),
    "chunk_by": lambda _: ilen((k, list(g)) for k, g in
                               itertools.groupby(range(1, n + 1), lambda i: i // 10)),
    "enumerate": lambda _: ilen(enumerate(range(1, n + 1))),
    "zip": lambda _: ilen(zip(range(1, n + 1), range(1, n + 1))),
    "chain": lambda _: ilen(itertools.chain(range(n // 2), range(n // 2))),
    "flat_map": flat_map,
    "sliding_window": lambda _: ilen(sliding_window(range(1, n + 1), 3)),
    "pairwise": lambda _: ilen(itertools.pairwise(range(1, n + 1))),
    "unique": lambda data: ilen(unique_everseen(data)),
    "sort": lambda data: sorted(data, key=lambda x: -x)[0],
    "group_by": group_by,
    "count_by": lambda data: len(Counter(map(same, data))),
    "tee": tee,
    "top": lambda data: sum(heapq.nlargest(10, data)),
    "product": lambda _: ilen(itertools.product(range(n // 1000), range(100), range(10))),
}

items = PREPARE[case]() if case in PREPARE else None
start = time.process_time()
print(CASES[case](items))
print(time.process_time() - start)
