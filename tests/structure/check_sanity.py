#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every rule of check.py must accept a tidy tree and complain about one that breaks it."""

import sys
import tempfile
from pathlib import Path

from check import RULES, Tree

OPENING = "// SPDX-License-Identifier: BSL-1.0\n#pragma once\n\n/// Owns nothing.\n\n"
TIDY = {
    "tests/structure/layers.txt": "low:\nmiddle: low\nhigh: middle\nside: low high/one.hpp\nodd/own.hpp: low\nodd:\n",
    "include/sinter/low.hpp": OPENING,
    "include/sinter/high.hpp": OPENING + "#include <sinter/high/one.hpp>\n#include <sinter/low.hpp>\n",
    "include/sinter/high/one.hpp": OPENING + "#define LOCAL 1\n#undef LOCAL\n" + "\n" * 400,
    "include/sinter/side/one.hpp": OPENING + "#include <sinter/high/one.hpp>\n#include <boost/hana/tuple.hpp>\n",
    "include/sinter/odd/own.hpp": OPENING + "#include <sinter/low.hpp>\n",
    "include/sinter/side/table.hpp": OPENING + f"// clang-format off\n{200 * '/'}\n// clang-format on\n",
    "include/sinter/kernel/vector.hpp": OPENING + "#include <xsimd/xsimd.hpp>\n",
}
TIDY["tests/structure/layers.txt"] += "kernel: low\n"

UNTIDY = [
    ("layering", "include/sinter/low.hpp", OPENING + "#include <sinter/high/one.hpp>\n"),
    ("layering", "include/sinter/side/one.hpp", OPENING + "#include <sinter/high.hpp>\n"),
    ("layering", "include/sinter/odd/two.hpp", OPENING + "#  include <sinter/low.hpp>\n"),
    ("layering", "include/sinter/high/two.hpp", OPENING + '#include "one.hpp"\n'),
    ("layering", "include/sinter/new/one.hpp", OPENING),
    ("layering", "tests/structure/layers.txt", TIDY["tests/structure/layers.txt"] + "more: nowhere\n"),
    ("line_budget", "include/sinter/low.hpp", OPENING + "\n" * 500),
    ("one_xsimd_header", "include/sinter/kernel/math.hpp", OPENING + "#include <xsimd/xsimd.hpp>\n"),
    ("opening", "include/sinter/low.hpp", "#pragma once\n\n/// Owns nothing.\n"),
    ("opening", "include/sinter/low.hpp", OPENING.replace("///", "//")),
    ("macros", "include/sinter/low.hpp", OPENING + "#define LEFT_BEHIND 1\n"),
    ("no_whole_hana", "tests/low/low.cpp", "#include <boost/hana.hpp>\n"),
    ("columns", "include/sinter/low.hpp", OPENING + "/// " + 117 * "x" + "\n"),
]


def complaints(rule, files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(RULES[rule](Tree(root)))


wrong = [f"{rule} complains about a tidy tree: {found}" for rule in RULES if (found := complaints(rule, TIDY))]
wrong += [f"{rule} accepts this as {name}:\n{text}" for rule, name, text in UNTIDY if not complaints(rule, TIDY | {name: text})]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
