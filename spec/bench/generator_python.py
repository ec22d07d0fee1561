"""generator_python.py CASE N: the same as generator.lua, with CPython's generators."""
import itertools
import sys

case, n = sys.argv[1], int(float(sys.argv[2]))


def numbers():
    i = 0
    while i < n:
        i += 1
        yield i


def batched(items, size):
    while batch := list(itertools.islice(items, size)):
        yield batch


def inc(x):
    return x + 1


print({
    "sum": lambda: sum(numbers()),
    "take": lambda: sum(itertools.islice(numbers(), n - 1)),
    "count": lambda: sum(1 for _ in numbers()),
    "batched": lambda: sum(1 for _ in batched(numbers(), 500)),
    "map": lambda: sum(map(inc, numbers())),
}[case]())
