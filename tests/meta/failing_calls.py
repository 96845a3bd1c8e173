#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Whatever system call fails while a file is replaced, the path holds the old contents or the new ones.

Usage: failing_calls.py PROGRAM, which is failing_calls.cpp. strace lists the calls that PROGRAM makes; then each of them
is made to fail in turn, for good, by an interruption, or by the death of the process. After a failure the old contents
are there, nothing lies beside, and the message names the path; after a death one file may lie beside, and the next run
succeeds. Exit status 77, "skipped", where strace is missing or not allowed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLD, NEW = "old", 40_000 * "n"
BEGIN, END = '"/the/calls/that/count/begin/here"', '"/the/calls/that/count/end/here"'
# Calls whose failure is no reason to give up: the last sync comes too late, and who closes a folder loses nothing.
LATE = "the new contents of"
HARMLESS = ("getpid", "clock_gettime", "fchown", "unlink")
# The allocator's own.
MEMORY = ("brk", "mmap", "munmap", "mprotect", "madvise")

# A sanitizer looks for leaks by tracing, and only one may trace.
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"


def run(program, path, *options):
    log = path + ".log"
    done = subprocess.run(["strace", "-f", "-o", log, *options, program, path], capture_output=True, text=True)
    calls = Path(log).read_text().splitlines() if Path(log).exists() else []
    Path(log).unlink(missing_ok=True)
    return done, calls


def calls_that_count(lines):
    """The calls between the marks: (name, which call of that name it is, from 1)."""
    seen, inside, calls = {}, False, []
    for line in lines:
        name = re.match(r"\d+ +(\w+)\(", line)
        if not name:
            continue
        seen[name[1]] = seen.get(name[1], 0) + 1
        if END in line:
            break
        if inside and name[1] not in MEMORY:
            calls.append((name[1], seen[name[1]]))
        inside = inside or BEGIN in line
    return calls


def main(program):
    if shutil.which("strace") is None:
        print("skipped: strace is not installed")
        return 77
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights")

        def attempt(*options):
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
            Path(path).write_text(OLD)
            os.chmod(path, 0o640)
            done, lines = run(program, path, *options)
            return done, lines, Path(path).read_text(), sorted(set(os.listdir(folder)) - {"weights"})

        done, lines, found, _ = attempt()
        calls = calls_that_count(lines)
        if done.returncode != 0 and not calls:
            print("skipped: strace is not allowed here:", done.stderr.strip()[:200])
            return 77
        if done.returncode != 0 or found != NEW or len(calls) < 10:
            wrong.append(f"without a fault: status {done.returncode}, {len(calls)} calls, {done.stdout}")
        renamed = [name.startswith("rename") for name, _ in calls].index(True)
        synced = [place for place, (name, _) in enumerate(calls) if name == "fsync"]
        if [place > renamed for place in synced] != [False, True]:
            wrong.append("the file is not synced before it is renamed, or the folder not after")
        for place, (name, number) in enumerate(calls):
            def fault(kind):
                return attempt("--seccomp-bpf", "-e", f"trace={name}", "-e", f"inject={name}:{kind}:when={number}")

            def check(kind, right, done, found, beside):
                if not right:
                    wrong.append(f"{name} {number}, {kind}: status {done.returncode}, contents {found[:5]!r} of "
                                 f"{len(found)}, beside {beside}, said {done.stdout.strip()!r}")

            for kind in ("error=EIO", "error=ENOSPC", "error=EACCES"):
                done, _, found, beside = fault(kind)
                failed = found == OLD and path in done.stdout and done.returncode == 1
                late = found == NEW and LATE in done.stdout and path in done.stdout and place > renamed
                ok = found == NEW and done.returncode == 0 and (name in HARMLESS or place > renamed or
                                                               (name, kind) == ("openat", "error=EACCES"))
                check(kind, (failed or late or ok) and not beside, done, found, beside)
            if name in ("openat", "write", "fsync", "rename", "fchmod", "close"):
                done, _, found, beside = fault("error=EINTR")
                check("interrupted", done.returncode == 0 and found == NEW and not beside, done, found, beside)
            if name == "write":
                done, _, found, beside = fault("retval=1")  # says that it took one byte, and took none
                check("cut short", done.returncode == 0 and len(found) == len(NEW) - 1 and not beside, done, found, beside)
            done, _, found, beside = fault("signal=KILL")
            check("killed", found in (OLD, NEW) and len(beside) <= 1, done, found, beside)
            again = subprocess.run([program, path])
            check("after a kill", again.returncode == 0 and Path(path).read_text() == NEW, done, found, beside)
    print(f"{len(calls)} calls made to fail:", *(name for name, _ in calls))
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
