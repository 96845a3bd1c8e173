#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Macros of others, such as <complex.h>'s I and <windows.h>'s min, break no header. Usage: foreign_macros.py INCLUDE FOLDER COMMAND…

All headers under INCLUDE are compiled in one file behind such macros, and a network is trained there. What they include of others
comes before the macros, since those break some of it.
"""

import re
import subprocess
import sys
from pathlib import Path

MACROS = """
// <complex.h>
#undef I
#define I (__extension__ 1.0iF)
#define complex _Complex
// <windows.h>
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define hyper long
#define interface struct
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define DELETE (0x00010000L)
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define NO_ERROR 0
#define GetMessage GetMessageA
#define CreateFile CreateFileA
// <sys/sysmacros.h>, <sys/param.h>, <termios.h>, newlib's <ctype.h>, X11, Arduino, tests
#define major(dev) gnu_dev_major(dev)
#define minor(dev) gnu_dev_minor(dev)
#define makedev(a, b) 0
#define linux 1
#define unix 1
#define NBBY 8
#define B0 0000000
#define B1 1
#define _N 04
#define _U 01
#define _L 02
#define _B 0200
#define _X 0100
#define None 0L
#define Success 0
#define Bool int
#define Status int
#define Always 2
#define True 1
#define False 0
#define PI 3.14159
#define bit(b) (1UL << (b))
#define DEBUG 1
#define CHECK(x) x
#define LOG(x) x
#undef assert
#define assert(x) ((void)sizeof(x))
"""

PROGRAM = """
struct net : sinter::nn::sequential<sinter::nn::input<4>, sinter::nn::linear<8>, sinter::nn::tanh, sinter::nn::linear<3>> {};
int main() {
    std::vector<float> x(4);
    std::vector<int> y(1);
    const auto data = sinter::make_dataset(x, y, 4).value();
    sinter::model<net> m;
    sinter::fit(m, data, sinter::cross_entropy{}, sinter::adam{});
    sinter::save_weights(m, "x").value();
    const sinter::inference<net> i{m};
    return static_cast<int>(sinter::predict_classes(i, data)[0]);
}
"""


def main(include, folder, command):
    base = Path(include)
    headers = sorted(str(path.relative_to(base)) for path in base.rglob("*.hpp"))
    texts = [(base / header).read_text() for header in headers]
    others = {line for text in texts for line in re.findall(r"^[ \t]*#[ \t]*include[ \t]*<([^>]+)>", text, re.M)}
    present = [f"#if __has_include(<{name}>)\n#include <{name}>\n#endif" for name in sorted(others) if not name.startswith("sinter/")]
    source = Path(folder, "foreign_macros.cpp")
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("\n".join([*present, "#include <complex>", MACROS, *(f"#include <{header}>" for header in headers), PROGRAM]))
    return subprocess.run([*command, "-fsyntax-only", source]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
