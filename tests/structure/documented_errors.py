#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""docs/errors.md explains every mistake and every anchor that a message names, and nothing else. Usage: documented_errors.py ROOT"""

import re
import sys
from pathlib import Path


def complaints(page, headers):
    """What is missing or superfluous in the page, given the headers' texts by name."""
    enumeration = re.search(r"enum class mistake_kind\b[^{]*\{(.*?)\};", headers["graph/mistake.hpp"], re.S)[1]
    mistakes = set(re.findall(r"^\s*(\w+),", enumeration, re.M)) - {"none", "said_already"}
    named = {anchor: header for header, text in headers.items() for anchor in re.findall(r"docs/errors\.md#(\w+)", text)}
    headings = re.findall(r"^### (\w+)$", page, re.M)
    yield from (f"docs/errors.md has no heading for mistake_kind::{kind}" for kind in sorted(mistakes - set(headings)))
    yield from (f"{named[anchor]} names docs/errors.md#{anchor}, which is not there" for anchor in sorted(named.keys() - set(headings)))
    yield from (f"docs/errors.md explains {name}, which no header raises" for name in sorted(set(headings) - mistakes - named.keys()))
    yield from (f"docs/errors.md explains {name} twice" for name in sorted(set(headings)) if headings.count(name) > 1)
    links = set(re.findall(r"\]\(#(\w+)\)", page)) - set(headings)
    yield from (f"docs/errors.md links to #{name}, which is not there" for name in sorted(links))


def check_itself():
    headers = {"graph/mistake.hpp": "enum class mistake_kind : char {\n    none,\n    bad,  ///< said, so\n};\n", "a.hpp": '"x (docs/errors.md#worse)"'}
    good = "### bad\n### worse\n"
    assert not list(complaints(good, headers))
    for page in ("### bad\n", "### worse\n", good + "### other\n", good + "### bad\n", good + "[x](#gone)\n"):
        assert len(list(complaints(page, headers))) == 1, page


check_itself()
root = Path(sys.argv[1])
base = root / "include/sinter"
found = list(complaints((root / "docs/errors.md").read_text(), {str(p.relative_to(base)): p.read_text() for p in sorted(base.rglob("*.hpp"))}))
print("\n".join(found))
sys.exit(1 if found else 0)
