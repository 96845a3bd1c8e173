#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A source's object, with debug information and without optimisation, stays below LIMIT bytes. Usage: object_size.py LIMIT SOURCE COMMAND…"""

import subprocess
import sys
import tempfile
from pathlib import Path

limit, source, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
with tempfile.TemporaryDirectory() as folder:
    target = Path(folder, "object.o")
    subprocess.run([*command, "-O0", "-g", "-c", source, "-o", target], check=True)
    size = target.stat().st_size
print(f"{size} bytes of at most {limit}")
sys.exit(0 if size < limit else 1)
