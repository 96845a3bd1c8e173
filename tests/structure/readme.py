#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the documents show is what compiles. Usage: readme.py ROOT

Each ```cpp block of README.md and of docs/guide.md is a run of lines of one file in examples/ or tests/compile_fail/, but
for the indentation they share. README.md shows examples/train_images.cpp whole. Links to files of the repository, in all
documents, lead somewhere.
"""

import re
import sys
import textwrap
from pathlib import Path

BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")


def lines_of(text):
    return [line.rstrip() for line in textwrap.dedent(text).strip("\n").split("\n")]


def is_part_of(block, source):
    """The block's lines stand one after the other in the source, all indented by the same number of spaces."""
    wanted, there = lines_of(block), [line.rstrip() for line in source.split("\n")]
    for start in range(len(there) - len(wanted) + 1):
        if lines_of("\n".join(there[start : start + len(wanted)])) == wanted:
            return True
    return False


def complaints(documents, sources, demo):
    for name, text in documents.items():
        for match in BLOCK.finditer(text):
            if not any(is_part_of(match[1], source) for source in sources.values()):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{name}:{line}: these lines stand in no example"
    shown = [match[1].strip() for match in BLOCK.finditer(documents["README.md"])]
    if sources[demo].strip() not in shown:
        yield f"README.md does not show {demo} as it is"


def dead_links(name, text, exists):
    for target in LINK.findall(text):
        if not exists(target):
            yield f"{name}: the link to {target} leads nowhere"


def check_itself():
    demo = {"demo.cpp": "int main() {\n    a();\n\n    b();\n}\n"}
    good = "```cpp\nint main() {\n    a();\n\n    b();\n}\n```\nthen\n\n```cpp\na();\n\nb();\n```\n"
    assert not list(complaints({"README.md": good}, demo, "demo.cpp"))
    for bad in (good.replace("\na();", "\na(1);"), good.replace("int main", "int Main"), "```cpp\nb();\n```\n"):
        assert list(complaints({"README.md": bad}, demo, "demo.cpp")), bad
    assert is_part_of("if (x) {\n    y();\n}\n", "{\n        if (x) {\n            y();\n        }\n}\n")
    assert not is_part_of("a();\nb();\n", "a();\n    b();\n")
    assert not list(dead_links("a.md", "[x](there.md#part) [y](https://a.b) [z](#here)", lambda path: path == "there.md"))
    assert len(list(dead_links("a.md", "[x](gone.md)", lambda path: False))) == 1


check_itself()
root = Path(sys.argv[1])
names = ["README.md"] + (["docs/guide.md"] if (root / "docs/guide.md").exists() else [])
sources = {str(path.relative_to(root)): path.read_text() for folder in ("examples", "tests/compile_fail") for path in sorted((root / folder).glob("*.[ch]pp"))}
found = list(complaints({name: (root / name).read_text() for name in names}, sources, "examples/train_images.cpp"))
for path in sorted([root / "README.md", root / "CONTRIBUTING.md", root / "CHANGELOG.md", *(root / "docs").rglob("*.md")]):
    if path.exists():
        found += dead_links(str(path.relative_to(root)), path.read_text(), lambda target: (path.parent / target).exists())
print("\n".join(found))
sys.exit(1 if found else 0)
