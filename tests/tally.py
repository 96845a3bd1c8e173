#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Prints "PASSED FAILED" for the Meson test log given: doctest's cases, and each other test once.

A doctest program that dies before it has counted its cases, or without owning to a failed one, is one failure.
"""

import json
import re
import sys

passed = failed = 0
with open(sys.argv[1], encoding="utf-8") as log:
    for test in map(json.loads, log):
        cases = re.findall(r"\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed", test.get("stdout", ""))
        good, bad = sum(int(case[0]) for case in cases), sum(int(case[1]) for case in cases)
        if test["result"] not in ("OK", "SKIP"):
            bad = max(bad, 1)
        elif not cases and test["result"] == "OK":
            good = 1
        passed, failed = passed + good, failed + bad
print(passed, failed)
