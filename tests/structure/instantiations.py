#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Template instantiations of reference networks stay within 3 % of a committed baseline.

Usage: instantiations.py SOURCE BASELINE INCLUDE COMPILER [--update]

Counts the InstantiateClass and InstantiateFunction events of clang's -ftime-trace: one compiler, fixed flags and the
distribution's headers, so that the numbers repeat. BASELINE has a line `NAME COUNT` a network,
counted beyond `include`, what including the library alone instantiates; --update writes it anew,
which is the thing to do, and to explain, after a change that is meant. Exit status 77, "skipped", without the compiler.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOLERANCE = 0.03
FLAGS = ["-std=c++20", "-O0", "-march=x86-64-v3", "-ftime-trace", "-ftime-trace-granularity=0", "-c"]


def count(compiler, source, include, name, folder):
    target = Path(folder, name + ".o")
    subprocess.run([compiler, *FLAGS, f"-DREFERENCE_{name}", "-I", include, source, "-o", target], check=True)
    events = json.loads(target.with_suffix(".json").read_text())["traceEvents"]
    return sum(e["name"] in ("InstantiateClass", "InstantiateFunction") for e in events)


def main(source, baseline, include, compiler, *update):
    if shutil.which(compiler) is None:
        print(f"{compiler} is not installed")
        return 77
    wanted = dict(line.split() for line in Path(baseline).read_text().splitlines())
    with tempfile.TemporaryDirectory() as folder:
        found = {name: count(compiler, source, include, name, folder) for name in wanted}
    for name in found:
        if name != "include":
            found[name] -= found["include"]
    if update:
        Path(baseline).write_text("".join(f"{name} {number}\n" for name, number in found.items()))
    far = [name for name in wanted if abs(found[name] / int(wanted[name]) - 1) > TOLERANCE]
    for name in wanted:
        print(f"{name}: {found[name]} instantiations, baseline {wanted[name]}{'  <-- beyond 3 %' if name in far else ''}")
    return 1 if far and not update else 0


sys.exit(main(*sys.argv[1:]))
