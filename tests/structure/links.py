#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Links of the documents lead somewhere. Usage: links.py ROOT

A relative link of a Markdown file names a file of the repository, and a heading of it where it has a #part. A comment in a source
or a message that names docs/….md does so, too. A page below docs/ that no other page links to is a complaint, as is a picture that
tests/benchmark/plot.py would draw otherwise.
"""

import importlib.util
import json
import os
import re
import sys
from pathlib import Path

CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.M | re.S)
LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
NAMED = re.compile(r"\bdocs/[\w/.-]+?\.md(?:#[\w-]+)?")


def anchors(text):
    """What GitHub makes of the headings of a page."""
    found, seen = set(), {}
    for heading in re.findall(r"^#{1,6} +(.*?)\s*$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        found.add(slug if seen[slug] == 0 else f"{slug}-{seen[slug]}")
    return found


def targets(name, text):
    """(line, page or file, part) of each link of a page and of each page that a source names; paths from the root."""
    if name.endswith(".md"):
        shown = CODE.sub(lambda code: "\n" * code[0].count("\n"), text)
        for match in LINK.finditer(shown):
            path, _, part = match[1].partition("#")
            where = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            yield shown.count("\n", 0, match.start()) + 1, where, part
    else:
        for match in NAMED.finditer(text):
            path, _, part = match[0].partition("#")
            yield text.count("\n", 0, match.start()) + 1, path, part


def complaints(texts, exists):
    linked = set()
    for name, text in texts.items():
        for line, where, part in targets(name, text):
            linked.add((where, name))
            if not exists(where):
                yield f"{name}:{line}: the link to {where} leads nowhere"
            elif part and where.endswith(".md") and part not in anchors(texts[where]):
                yield f"{name}:{line}: {where} has no heading #{part}"
    for name in texts:
        if name.startswith("docs/") and name.endswith(".md") and not any(to == name != by for to, by in linked):
            yield f"{name}: no page links to this one"


def check_itself():
    page = "# A `page`, of -O2\n## Two\n## Two\n[a](#a-page-of--o2) [b](#two-1) [c](docs/b.md#x_y)\n```\n# no\n[x](y)\n```\n"
    good = {"README.md": page, "docs/b.md": "# x_y\n[up](../README.md#two) ![p](p.svg)\n", "a.hpp": "/// docs/b.md#x_y.\n"}
    assert anchors(page) == {"a-page-of--o2", "two", "two-1"}
    exists = lambda path: path in good or path == "docs/p.svg"
    assert not list(complaints(good, exists)), list(complaints(good, exists))
    for name, old, new in (
        ("README.md", "#two-1", "#two-2"), ("README.md", "b.md#x_y", "b.md#xy"), ("README.md", "docs/b.md#", "b.md#"),
        ("docs/b.md", "p.svg", "q.svg"), ("docs/b.md", "../R", "R"), ("a.hpp", "x_y", "y"), ("a.hpp", "b.md", "c.md"),
        ("README.md", "[c](docs/b.md#x_y)", "c"),
    ):
        bad = {**good, name: good[name].replace(old, new)}
        if name == "README.md" and new == "c":
            bad.pop("a.hpp")
        assert list(complaints(bad, exists)), (name, old, new)


def other_picture(root):
    there = importlib.util.spec_from_file_location("plot", root / "tests/benchmark/plot.py")
    plot = importlib.util.module_from_spec(there)
    there.loader.exec_module(plot)
    rows = json.loads((root / "docs/speed.json").read_text(encoding="utf-8"))
    if plot.picture(rows) != (root / "docs/speed.svg").read_text(encoding="utf-8"):
        yield "docs/speed.svg: expected the picture of docs/speed.json; draw it: plot.py docs/speed.json docs/speed.svg"


check_itself()
root = Path(sys.argv[1])
paths = [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]
paths += [path for folder in ("include", "tests", "examples") for path in sorted((root / folder).rglob("*.[ch]pp"))]
texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
found = [*complaints(texts, lambda path: (root / path).exists()), *other_picture(root)]
print("\n".join(found))
sys.exit(1 if found else 0)
