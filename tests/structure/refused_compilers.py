#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A standard or a compiler that is too old is one #error and the end, whichever header is included. Usage: refused_compilers.py INCLUDE COMMAND…

Every header's first #include of sinter's, followed from header to header, is config.hpp, which says so. The headers of
STANDS_ALONE need neither.
"""

import re
import subprocess
import sys
from pathlib import Path

STANDS_ALONE = ("config.hpp", "train/compiled.hpp")
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<sinter/([^>]+)>", re.M)
LINES_AT_MOST = 20


def first_of(headers, header):
    """The header at the end of the chain of first includes."""
    while header != "config.hpp":
        found = INCLUDE.search(headers[header])
        if not found:
            return header
        header = found[1]
    return header


def complaints(headers):
    for header in headers:
        if header not in STANDS_ALONE and (last := first_of(headers, header)) != "config.hpp":
            yield f"{header}: {last} includes no header of sinter's first, so not config.hpp"


def output_of(command, *flags):
    source = "#include <sinter/sinter.hpp>\nint main() {}\n"
    whole = [*command, "-fsyntax-only", "-fdiagnostics-color=never", *flags, "-x", "c++", "-"]
    return subprocess.run(whole, input=source, capture_output=True, text=True).stderr


def main(include, command):
    base = Path(include, "sinter")
    found = list(complaints({str(path.relative_to(base)): path.read_text() for path in sorted(base.rglob("*.hpp"))}))
    command = [part for part in command if not part.startswith("-std=")]
    old = {
        "sinter needs C++20": ["-std=c++17"],
        "sinter needs g++ 12 or newer, or clang 14 or newer": [
            "-std=c++20", "-Wno-builtin-macro-redefined", "-U__GNUC__", "-D__GNUC__=11", "-U__clang_major__",
            *(["-D__clang_major__=13"] if "clang" in "".join(command) else []),
        ],
    }
    for sentence, flags in old.items():
        text = output_of(command, *flags)
        if text.count(" error: ") + text.count("fatal error: ") > 3 or len(text.splitlines()) > LINES_AT_MOST or sentence not in text:
            found.append(f"{' '.join(flags)} should give one error, '{sentence}':\n{text}")
    print("\n".join(found))
    return 1 if found else 0


assert list(complaints({"config.hpp": "", "a.hpp": "", "b.hpp": "#include <sinter/config.hpp>\n"})) == ["a.hpp: a.hpp includes no header of sinter's first, so not config.hpp"]
if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
