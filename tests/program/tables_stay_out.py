#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""No table of the compile-time pipeline reaches a program: looks at its symbols.

Usage: tables_stay_out.py PROGRAM NM [ARGUMENT...]; exit status 77, "skipped", without an nm.
"""
import subprocess
import sys

tables = ("traced_stage<", "grouped_stage<", "emitted_stage<", "grouped_constant_of<")
program, nm = sys.argv[1], sys.argv[2:]
if not nm:
    sys.exit(77)
symbols = subprocess.run([*nm, "--demangle", program], capture_output=True, text=True, check=True).stdout.splitlines()
if len(symbols) < 10:
    sys.exit(f"{program} has {len(symbols)} symbols: is it stripped?")
# A value of theirs is data; functions that debug builds keep may name them. Its size is some numbers, which tests read.
data = [line for line in symbols if line[17:18] in "bBdDrRuV" and not line.endswith("::size")]
found = [line for line in data if any(table in line.split("(")[0] for table in tables)]
for line in found:
    print(line)
sys.exit(1 if found else 0)
