"""range_python.py N [inline]: the same as range.lua, as a generator expression. It calls the same
two functions; `inline` has them written into the expression, which is what no library can do."""
import sys


def keep(x):
    return x % 2 == 0


def double(x):
    return x * 2


def called(n):
    return sum(double(x) for x in range(1, n + 1) if keep(x))


def inline(n):
    return sum(x * 2 for x in range(1, n + 1) if x % 2 == 0)


print((inline if "inline" in sys.argv else called)(int(float(sys.argv[1]))))
