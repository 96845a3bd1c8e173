#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A misuse must not compile, for the stated reason. Usage: expect_error.py SOURCE COMMAND…

SOURCE holds the smallest misuse under `#ifdef EXPECT_FAILURE` and its correct twin under `#else`. The twin must compile,
the misuse must not, and the compiler's output must match every line

    // expect-error: REGEX

A line `// expect-error-count: N` says, beside these, how many errors the mistakes give. The output has at most 40 lines
an error; where a language rule makes it longer, a line `// expect-lines: N` says so, and a comment behind it why.
COMMAND may include everything.hpp precompiled, which saves most of the time; so the way by which headers came, which
it makes longer, is not counted.
"""

import os
import re
import subprocess
import sys


LINES_AT_MOST = 40
INCLUDED_BY = re.compile(r"In file included from |                 from ")


def compile_source(command, source, *flags):
    """The compiler's output in plain English, whatever the user's locale and terminal."""
    whole = [*command, "-fsyntax-only", "-fdiagnostics-color=never", *flags, source]
    return subprocess.run(whole, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def complaint(source, command):
    """What is wrong with the misuse in `source`; None if it fails as it should."""
    with open(source, encoding="utf-8") as file:
        text = file.read()
    patterns = re.findall(r"^// expect-error: (.+)$", text, re.M)
    if not patterns:
        return "there is no line '// expect-error: REGEX'"
    twin = compile_source(command, source)
    if twin.returncode != 0:
        return f"the correct twin does not compile\n{twin.stderr}"
    misuse = compile_source(command, source, "-DEXPECT_FAILURE")
    if misuse.returncode == 0:
        return "the misuse compiles"
    missing = [pattern for pattern in patterns if not re.search(pattern, misuse.stderr)]
    if missing:
        return f"the misuse is rejected without {missing}\n{misuse.stderr}"
    errors = len(re.findall(r"^[^\n]*?\berror: ", misuse.stderr, re.M))
    wanted = re.search(r"^// expect-error-count: (\d+)$", text, re.M)
    if wanted and errors != int(wanted[1]):
        return f"the misuse gives {errors} errors instead of {wanted[1]}\n{misuse.stderr}"
    lines = sum(not INCLUDED_BY.match(line) for line in misuse.stderr.splitlines())
    longer = re.search(r"^// expect-lines: (\d+)", text, re.M)
    most = int(longer[1]) if longer else LINES_AT_MOST * (int(wanted[1]) if wanted else 1)
    if lines > most:
        return f"the misuse gives {lines} lines instead of {most}\n{misuse.stderr}"
    return None


if __name__ == "__main__":
    found = complaint(sys.argv[1], sys.argv[2:])
    sys.exit(f"{sys.argv[1]}: {found}" if found else 0)
