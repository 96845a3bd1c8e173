#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Inference adds at most LIMIT bytes of code and data to an empty program. Usage: inference_size.py LIMIT SOURCE COMMAND…

Sections are counted, not the file, which the linker pads to pages; for AVX2 whatever this processor is, so that the
number repeats. Exit status 77, "skipped", without binutils' size.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

limit, source, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
fixed = ["-march=x86-64-v3"] if platform.machine() == "x86_64" else []


def size(folder, *flags):
    target = Path(folder, "program")
    subprocess.run([*command, "-O2", "-DNDEBUG", *fixed, *flags, source, "-o", target], check=True)
    subprocess.run(["strip", target], check=True)
    totals = subprocess.run(["size", target], capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    return sum(int(number) for number in totals[:3])


if shutil.which("size") is None or shutil.which("strip") is None:
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    added = size(folder) - size(folder, "-DEMPTY")
print(f"{added} bytes of at most {limit}")
sys.exit(0 if added <= limit else 1)
