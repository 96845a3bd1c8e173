#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The object of DEPTH equal layers has at most RATIO times the size of that of three. Usage: depth_size.py DEPTH RATIO SOURCE COMMAND…

A layer is a pair, linear and relu; beyond 100 of them the limits that compilers set on a constant are lifted. Counted are
the sections that are loaded (code and data), less the schedule, the one constant that grows with depth.
Exit status 77, "skipped", without binutils.
"""

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
fixed = ["-march=x86-64-v3"] if platform.machine() == "x86_64" else []
tools = shutil.which("size") is not None and shutil.which("nm") is not None


def without_limits(compiler):
    """The flags that lift a compiler's limits on the evaluation of a constant; `compiler` is its command."""
    macros = subprocess.run([*compiler, "-x", "c++", "-dM", "-E", "-"], input="", capture_output=True, text=True, check=True)
    if "__clang__" in macros.stdout:
        return ["-fconstexpr-steps=2147483647"]
    return ["-fconstexpr-ops-limit=2147483647", "-fconstexpr-loop-limit=2147483647"]


def loaded(target):
    """Bytes of an object that are loaded, beside its schedule; bytes of the schedule."""
    sections = subprocess.run(["size", target], capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    symbols = subprocess.run(["nm", "-S", "--demangle", target], capture_output=True, text=True, check=True).stdout
    data = re.findall(r"^[0-9a-f]+ ([0-9a-f]+) [bBdDrRuV] (.*)", symbols, re.MULTILINE)
    schedule = sum(int(bytes_, 16) for bytes_, name in data if name.startswith("sinter::detail::schedule_of<"))
    return sum(int(number) for number in sections[:3]) - schedule, schedule


def main():
    depth, ratio, source, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:]
    if depth > 100:
        command += without_limits(command)

    def size(folder, layers):
        target = Path(folder, "object.o")
        subprocess.run([*command, "-O2", "-DNDEBUG", *fixed, f"-DDEPTH={layers}", "-c", source, "-o", target], check=True)
        return loaded(target)

    if not tools:
        return 77
    with tempfile.TemporaryDirectory() as folder:
        (three, _), (deep, schedule) = size(folder, 3), size(folder, depth)
    print(f"{deep} bytes for {depth} layers beside a schedule of {schedule}, {deep / three:.2f} times the {three} of 3; at most {ratio}")
    return 0 if deep <= ratio * three else 1


if __name__ == "__main__":
    sys.exit(main())
