#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the documents show is what compiles. Usage: readme.py ROOT

Each block of C++, CMake or Meson in the pages of SHOWN is a run of lines of one file in the folders of SOURCES, but for the
indentation they share. The programs of WHOLE are shown as they are. README.md fits on a few screens.
"""

import re
import sys
import textwrap
from pathlib import Path

BLOCK = re.compile(r"^```(?:cpp|cmake|meson)\n(.*?)^```$", re.M | re.S)
SHOWN = ["README.md", "docs/guide.md", "docs/demo.md", "docs/install.md"]
WHOLE = {"README.md": "examples/00_first.cpp", "docs/demo.md": "examples/train_images.cpp"}
SOURCES = [("examples", "*.[ch]pp"), ("tests/compile_fail", "*.cpp"), ("tests/install", "*.cmake"), ("tests/install", "*.meson")]
LINES_OF_README = 120


def lines_of(text):
    return [line.rstrip() for line in textwrap.dedent(text).strip("\n").split("\n")]


def is_part_of(block, source):
    """The block's lines stand one after the other in the source, all indented by the same number of spaces."""
    wanted, there = lines_of(block), [line.rstrip() for line in source.split("\n")]
    for start in range(len(there) - len(wanted) + 1):
        if lines_of("\n".join(there[start : start + len(wanted)])) == wanted:
            return True
    return False


def complaints(documents, sources, whole):
    for name, text in documents.items():
        for match in BLOCK.finditer(text):
            if not any(is_part_of(match[1], source) for source in sources.values()):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{name}:{line}: these lines stand in no example"
    for name, program in whole.items():
        if sources[program].strip() not in [match[1].strip() for match in BLOCK.finditer(documents[name])]:
            yield f"{name} does not show {program} as it is"


def check_itself():
    demo, whole = {"demo.cpp": "int main() {\n    a();\n\n    b();\n}\n"}, {"README.md": "demo.cpp"}
    good = "```cpp\nint main() {\n    a();\n\n    b();\n}\n```\nthen\n\n```cmake\na();\n\nb();\n```\n"
    assert not list(complaints({"README.md": good}, demo, whole))
    for bad in (good.replace("\na();", "\na(1);"), good.replace("int main", "int Main"), "```cpp\nb();\n```\n"):
        assert list(complaints({"README.md": bad}, demo, whole)), bad
    assert is_part_of("if (x) {\n    y();\n}\n", "{\n        if (x) {\n            y();\n        }\n}\n")
    assert not is_part_of("a();\nb();\n", "a();\n    b();\n")


check_itself()
root = Path(sys.argv[1])
sources = {path.relative_to(root).as_posix(): path.read_text() for folder, ending in SOURCES for path in sorted((root / folder).glob(ending))}
documents = {name: (root / name).read_text() for name in SHOWN}
found = list(complaints(documents, sources, WHOLE))
if documents["README.md"].count("\n") > LINES_OF_README:
    found.append(f"README.md: {documents['README.md'].count(chr(10))} lines, more than {LINES_OF_README}")
print("\n".join(found))
sys.exit(1 if found else 0)
