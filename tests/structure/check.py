#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks one structural rule over the source tree at ROOT. Usage: check.py RULE ROOT

Each rule is a function of the tree below that yields its complaints, one line each.
"""

import re
import sys
from pathlib import Path

LINES_TO_EXPLAIN, LINES_AT_MOST = 300, 500
COLUMNS = 120
GENERATED = ("tests/golden/golden.hpp",)
ASK_THE_COMPILER = ("config.hpp", "kernel/vector.hpp")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"])', re.M)


class Tree:
    """The project's files by their path: headers relative to include/sinter, sources relative to the root."""

    def __init__(self, root):
        self.root = Path(root)
        base = self.root / "include/sinter"
        self.headers = {str(path.relative_to(base)): path.read_text() for path in sorted(base.rglob("*.hpp"))}
        self.sources = {
            str(path.relative_to(self.root)): path.read_text()
            for folder in ("include", "tests", "examples")
            for path in sorted((self.root / folder).rglob("*.[ch]pp"))
        }
        self.layers = (self.root / "tests/structure/layers.txt").read_text()


def room_of(header):
    """graph/op.hpp and graph.hpp belong to graph."""
    return header.split("/")[0].removesuffix(".hpp")


def read_layers(text):
    """The arrows as written: {left: [right, …]}."""
    lines = (line.split("#")[0] for line in text.splitlines())
    return {left.strip(): right.split() for left, _, right in (line.partition(":") for line in lines if line.strip())}


def reachable(arrows, start):
    """All rooms and single headers that the arrows allow to `start`."""
    allowed, pending = set(), [start]
    while pending:
        name = pending.pop()
        if name not in allowed:
            allowed.add(name)
            pending += arrows.get(name, [])
    return allowed


def layering(tree):
    arrows = read_layers(tree.layers)
    rooms = {name for name in arrows if not name.endswith(".hpp")}
    for left, right in arrows.items():
        for name in right:
            if not name.endswith(".hpp") and name not in rooms:
                yield f"layers.txt: {left} names {name}, which is no room"
    for header, text in tree.headers.items():
        room = room_of(header)
        if room not in rooms and header not in arrows:
            yield f"{header}: no line of layers.txt says what {room} may include"
            continue
        allowed = reachable(arrows, room) | reachable(arrows, header)
        for include in INCLUDE.findall(text):
            target = include[1:-1].removeprefix("sinter/")
            if include.startswith('"'):
                yield f"{header}: {include} is not spelled <sinter/…>"
            elif include.startswith("<sinter/") and not allowed & {target, room_of(target)}:
                yield f"{header}: layers.txt has no arrow from {room} to {target}"


def line_budget(tree):
    for header, text in tree.headers.items():
        lines = text.count("\n")
        if lines > LINES_AT_MOST:
            yield f"{header}: {lines} lines, more than {LINES_AT_MOST}"
        elif lines > LINES_TO_EXPLAIN:
            print(f"warning: {header} has {lines} lines, more than {LINES_TO_EXPLAIN}: two ideas?")


def one_xsimd_header(tree):
    for header, text in tree.headers.items():
        if header != "kernel/vector.hpp" and any(include.startswith("<xsimd") for include in INCLUDE.findall(text)):
            yield f"{header}: only kernel/vector.hpp may include xsimd"


def opening(tree):
    """SPDX, #pragma once and a comment that says what the header owns, in this order."""
    wanted = re.compile(r"// SPDX-License-Identifier: BSL-1\.0\n#pragma once\n\n///[ \t]*\S")
    for header, text in tree.headers.items():
        if not wanted.match(text):
            yield f"{header}: does not open with the SPDX line, #pragma once, an empty line and a /// comment"


def macros(tree):
    """Macros that last are defined where the compiler is asked what it has; any other one ends in the header that begins it."""
    for header, text in tree.headers.items():
        defined = set(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.M))
        undefined = set(re.findall(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", text, re.M))
        if header not in ASK_THE_COMPILER and defined - undefined:
            yield f"{header}: defines {', '.join(sorted(defined - undefined))} and does not #undef it"


def no_whole_hana(tree):
    for source, text in tree.sources.items():
        if "<boost/hana.hpp>" in INCLUDE.findall(text):
            yield f"{source}: include single headers of Hana, <boost/hana.hpp> costs 0.35 s"


def columns(tree):
    """Comments too, which clang-format leaves alone; a table stands between `clang-format off` and `on`."""
    for source, text in tree.sources.items():
        kept = re.sub(r"// clang-format off\n.*?// clang-format on\n", lambda table: "\n" * table[0].count("\n"), text, flags=re.S)
        for number, line in enumerate(kept.split("\n"), 1):
            if len(line) > COLUMNS and source not in GENERATED:
                yield f"{source}:{number}: {len(line)} columns, more than {COLUMNS}"


RULES = {
    rule.__name__: rule
    for rule in (layering, line_budget, one_xsimd_header, opening, macros, no_whole_hana, columns)
}

if __name__ == "__main__":
    complaints = list(RULES[sys.argv[1]](Tree(sys.argv[2])))
    print("\n".join(complaints))
    sys.exit(1 if complaints else 0)
