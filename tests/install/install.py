#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A program outside of this repository finds sinter in every way that docs/install.md names. Usage: install.py ROOT SCRATCH SCALAR COMPILER…

Each way copies program.cpp and one file of this folder into SCRATCH, runs its commands there, runs the program and compares what
it prints. sinter is installed from DESTDIR, below a prefix that has a space in its name and is reached through a symbolic link.
SCALAR is true or false. A way whose tools are missing is left out with a line that says so.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
root, scratch = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
scalar, compiler = sys.argv[3] == "true", sys.argv[4:]
LOSSES = "losses 0.497 0.376\n"
WITHOUT_XSIMD = "without xsimd\n"
STRICT = "-fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()

staged, prefix = scratch / "staged", scratch / "linked prefix"    # the second leads to a folder in the first
built = scratch / "sinter's build"

# What is prepared once: (name, tools, commands). {…} are the paths above.
PREPARED = [
    ("meson install", ["meson", "ninja"], [
        ["meson", "setup", "{built}", "{root}", "--prefix=/opt/my sinter", "-Dtests=disabled", "-Dexamples=disabled",
         "-Dscalar=" + sys.argv[3]],
        ["env", "DESTDIR={staged}", "meson", "install", "-C", "{built}"],
        ["ln", "-s", "staged/opt/my sinter", "{prefix}"],
    ]),
    ("cmake --install", ["cmake", "ninja"], [
        ["cmake", "-G", "Ninja", "-S", "{root}/include", "-B", "{scratch}/by cmake", "-DSINTER_SCALAR=" + sys.argv[3]],
        ["cmake", "--install", "{scratch}/by cmake", "--prefix", "{scratch}/cmake's prefix"],
    ]),
]

CMAKE = ["cmake", "-G", "Ninja", "-S", ".", "-B", "build", "-Werror=dev"]
BUILD = ["cmake", "--build", "build"]
COMPILE = [*compiler, "-std=c++20", "-O1", *(["-DSINTER_SCALAR"] if scalar else []), "program.cpp", "-o", "build/program"]
WITH_PKG_CONFIG = "mkdir build && eval " + " ".join(COMPILE) + " $(pkg-config --cflags --libs sinter)"    # eval: a space in a path is escaped

# The ways: name, tools, the file of this folder and its name in the project, commands, what the program prints further.
WAYS = [
    ("-I include", [], None, [["mkdir", "build"], [*COMPILE, "-I", "{root}/include"]], ""),
    ("-I include, without exceptions, no warning", [], None,
     [["mkdir", "build"], [*COMPILE, *STRICT, "-I", "{root}/include", "-include", "{scratch}/all_headers.hpp", "-lz"]], ""),
    ("pkg-config", ["pkg-config", "meson"], None,
     [["env", "PKG_CONFIG_PATH={prefix}/share/pkgconfig", "PKG_CONFIG_SYSROOT_DIR={staged}", "sh", "-c", WITH_PKG_CONFIG]], ""),
    ("pkg-config of a build folder", ["pkg-config", "meson"], None,
     [["env", "PKG_CONFIG_PATH={built}/meson-uninstalled", "sh", "-c", WITH_PKG_CONFIG]], ""),
    ("find_package after meson install", ["cmake", "ninja", "meson"], ("find_package.cmake", "CMakeLists.txt"),
     [[*CMAKE, "-DCMAKE_PREFIX_PATH={prefix}"], BUILD], ""),
    ("find_package, component images", ["cmake", "ninja", "meson"], ("find_package_images.cmake", "CMakeLists.txt"),
     [[*CMAKE, "-DCMAKE_PREFIX_PATH={prefix}"], BUILD], "images: not found\n"),
    ("find_package after cmake --install", ["cmake", "ninja"], ("find_package.cmake", "CMakeLists.txt"),
     [[*CMAKE, "-DCMAKE_PREFIX_PATH={scratch}/cmake's prefix"], BUILD], ""),
    ("add_subdirectory", ["cmake", "ninja"], ("add_subdirectory.cmake", "CMakeLists.txt"),
     [["ln", "-s", "{root}", "sinter"], [*CMAKE, "-DSINTER_SCALAR=" + sys.argv[3]], BUILD], ""),
    ("add_subdirectory without xsimd", ["cmake", "ninja"], ("add_subdirectory.cmake", "CMakeLists.txt"),
     [["ln", "-s", "{root}", "sinter"], [*CMAKE, "-DSINTER_SCALAR=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_xsimd=ON"], BUILD],
     WITHOUT_XSIMD),
    ("FetchContent", ["cmake", "ninja"], ("fetch_content.cmake", "CMakeLists.txt"),
     [[*CMAKE, "-DFETCHCONTENT_SOURCE_DIR_SINTER={root}", "-DSINTER_SCALAR=" + sys.argv[3]], BUILD], ""),
    ("Meson subproject", ["meson", "ninja"], ("subproject.meson", "meson.build"),
     [["mkdir", "subprojects"], ["ln", "-s", "{root}", "subprojects/sinter"],
      ["meson", "setup", "build", "--force-fallback-for=sinter", "-Dsinter:scalar=" + sys.argv[3]], ["ninja", "-C", "build"]], ""),
]

# What must be refused, with the words that say why: name, tools, the file, commands, words.
REFUSED = [
    ("find_package of a version to come", ["cmake", "ninja", "meson"], "find_package.cmake",
     lambda text: text.replace("sinter 0.1", "sinter 0.2"), ["-DCMAKE_PREFIX_PATH={prefix}"], "version: 0.1.0"),
    ("find_package, a component that is not there", ["cmake", "ninja", "meson"], "find_package_images.cmake",
     lambda text: text.replace("COMPONENTS images", "COMPONENTS sound"), ["-DCMAKE_PREFIX_PATH={prefix}"],
     "sinter has no component 'sound'"),
    ("find_package without Boost", ["cmake", "ninja", "meson"], "find_package.cmake", str,
     ["-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON"], "sinter needs the headers of Boost 1.74 or newer"),
    ("find_package without xsimd", ["cmake", "ninja", "meson"], "find_package.cmake", str,
     ["-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_DISABLE_FIND_PACKAGE_xsimd=ON"], "sinter needs xsimd 8.1 or newer"),
]


def run(commands, folder):
    """Runs each command; what the last one that failed printed, or None."""
    paths = {"root": root, "scratch": scratch, "staged": staged, "prefix": prefix, "built": built}
    for command in commands:
        words = [re.sub(r"\{(\w+)\}", lambda name: str(paths[name[1]]), word) for word in command]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            return f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return None


def left_out(name, tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {name}, since {' and '.join(missing)} is not installed")
    return missing


def project(number, name, source=None, change=str, named="CMakeLists.txt"):
    """A folder with the program and the build file that a user would write."""
    folder = scratch / f"project {number}"
    folder.mkdir()
    shutil.copy(HERE / "program.cpp", folder)
    if source:
        (folder / named).write_text(change((HERE / source).read_text()))
    return folder


shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
os.environ["CXX"] = " ".join(compiler)
os.environ.pop("DESTDIR", None)
headers = [path.relative_to(root / "include") for path in sorted((root / "include/sinter").rglob("*.hpp"))]
(scratch / "all_headers.hpp").write_text("".join(f"#include <{header}>\n" for header in headers))

failed = 0


def judge(name, start, complaint):
    global failed
    print(f"{time.monotonic() - start:5.1f} s  {name}" + ("" if complaint is None else f": FAILED\n{complaint}"), flush=True)
    failed += complaint is not None


for name, tools, commands in PREPARED:
    if not left_out(name, tools):
        start = time.monotonic()
        judge(name, start, run(commands, scratch))

for number, (name, tools, files, commands, further) in enumerate(WAYS):
    if left_out(name, tools):
        continue
    start = time.monotonic()
    folder = project(number, name, files and files[0], str, files and files[1])
    complaint = run(commands, folder)
    if complaint is None:
        printed = subprocess.run([folder / "build/program"], cwd=folder, capture_output=True, text=True)
        expected = LOSSES + (WITHOUT_XSIMD if scalar and not further.startswith(WITHOUT_XSIMD) else "") + further
        if printed.stdout != expected or printed.returncode != 0:
            complaint = f"expected:\n{expected}found, with exit code {printed.returncode}:\n{printed.stdout}{printed.stderr}"
    judge(name, start, complaint)

for number, (name, tools, source, change, options, words) in enumerate(REFUSED, len(WAYS)):
    if left_out(name, tools) or (scalar and "xsimd" in name):
        continue
    start = time.monotonic()
    said = run([[*CMAKE, *options]], project(number, name, source, change)) or "it was accepted"
    judge(name, start, None if words in " ".join(said.split()) else f"expected the words: {words}\nfound:\n{said}")

stray = [path.name for folder in (prefix, scratch / "cmake's prefix") if folder.exists() for path in (folder / "include").glob("*")]
if set(stray) - {"sinter"}:
    judge("headers alone are installed below include/", time.monotonic(), f"found also: {sorted(set(stray) - {'sinter'})}")
sys.exit(1 if failed else 0)
