"""range_python.py N: the same as range.lua, as a generator expression."""
import sys


def main(n):
    return sum(x * 2 for x in range(1, n + 1) if x % 2 == 0)


print(main(int(float(sys.argv[1]))))
