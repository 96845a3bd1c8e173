#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""HEADER includes nothing of sinter's but itself, nothing of xsimd's or Boost's. Usage: light_header.py HEADER COMMAND…"""

import subprocess
import sys

header, command = sys.argv[1], sys.argv[2:]
made = subprocess.run(
    [*command, "-x", "c++", "-M", "-"], input=f"#include <{header}>\n", capture_output=True, text=True, check=True
).stdout.split()
heavy = [path for path in made if any(f"/{room}/" in path for room in ("xsimd", "boost", "sinter")) and not path.endswith(header)]
for path in heavy:
    print(f"{header} includes {path}")
sys.exit(1 if heavy else 0)
