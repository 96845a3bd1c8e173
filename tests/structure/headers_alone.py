#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles every header under INCLUDE as the first line of its own file, and all of them in one. Usage: headers_alone.py INCLUDE SCRATCH COMMAND…

It compiles to an object, not with -fsyntax-only: a header alone emits nothing, and ccache, where COMMAND begins with
it, then answers for the unchanged ones.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

include, scratch, command = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]


def compile_alone(header):
    return compiles(header, header.replace("/", "_").replace(".hpp", ".cpp"), [header])


def compiles(what, file, included):
    source = scratch / file
    lines = "".join(f"#include <{header}>\n" for header in included)
    if not source.exists() or source.read_text() != lines:
        source.write_text(lines)
    result = subprocess.run([*command, "-c", source, "-o", source.with_suffix(".o")], capture_output=True, text=True)
    if result.returncode:
        print(f"{what} does not compile\n{result.stderr}", flush=True)
    return result.returncode == 0


scratch.mkdir(exist_ok=True)
headers = sorted(str(path.relative_to(include)) for path in include.rglob("*.hpp"))
with ThreadPoolExecutor(os.cpu_count()) as pool:
    alone = list(pool.map(compile_alone, headers))
together = compiles("all headers in one file", "all_together.cpp", headers)
print(f"{sum(alone)} of {len(headers)} headers compile alone")
sys.exit(0 if headers and all(alone) and together else 1)
