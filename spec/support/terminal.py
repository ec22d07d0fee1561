# SPDX-License-Identifier: MIT
"""terminal.py - runs a program at a pseudo-terminal, for spec/support/terminal.lua.

Standard input is JSON: {"command": [...], "columns": n, "rows": n, "seconds": n, "steps": [...]}. A
step is one of
  {"type": text}            sends it
  {"wait": pattern}         waits until what came since the last step, or the end of it where that
                            is long, matches (bytes, re.S)
  {"resize": [columns, rows]}
  {"pause": seconds}
Standard output is JSON: {"parts": [what came in each step], "code": exit code or -signal,
"late": the pattern that never came}. The program is killed when the time is over.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

NEAR = 8192


def main():
    job = json.load(sys.stdin)
    pid, master = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(job["command"][0], job["command"])

    def resize(columns, rows):
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    resize(job["columns"], job["rows"])
    end = time.monotonic() + job["seconds"]
    came = b""
    gone = False

    def receive(seconds):
        nonlocal came, gone
        ready, _, _ = select.select([master], [], [], max(0, seconds))
        if not ready:
            return
        try:
            piece = os.read(master, 1 << 16)
        except OSError:
            piece = b""
        gone = gone or not piece
        came += piece

    parts = []
    late = None
    for step in job["steps"]:
        came = b""
        if "type" in step:
            text = step["type"].encode()
            while text and not gone and time.monotonic() < end:
                _, free, _ = select.select([], [master], [], 0.05)
                if free:
                    text = text[os.write(master, text[:1024]):]
                receive(0)
        if "resize" in step:
            resize(*step["resize"])
        if "pause" in step:
            until = time.monotonic() + step["pause"]
            while time.monotonic() < until and not gone:
                receive(until - time.monotonic())
        if "wait" in step:
            pattern = re.compile(step["wait"].encode(), re.S)
            while not pattern.search(came[-NEAR:]) and not gone and time.monotonic() < end:
                receive(0.5)
            if not pattern.search(came[-NEAR:]):
                late = late or step["wait"]
        parts.append(came.decode("utf-8", "replace"))
        if late:
            break

    code = None
    came = b""
    while code is None and time.monotonic() < end and not late:
        receive(0.05)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
    if code is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    parts.append(came.decode("utf-8", "replace"))
    json.dump({"parts": parts, "code": code, "late": late}, sys.stdout)


main()
