# SPDX-License-Identifier: BSL-1.0
"""The suite `levels`: steps, inference and products at -O2 beside -O3, by g++ and by clang.

The programs of the suites `train`, `infer` and `matmul`, without peers, are built by each compiler at each level. For a row
all of them stand ready, on one core, and measure when it is their turn (harness.hpp, --turns).
"""
import json
import shutil
import subprocess
import sys
import time

import commands

names = ["train-784-128-10-adam-m1", "train-784-128-10-adam-m32", "train-784-128-10-adam-m64", "train-784-128-10-sgd-m1",
         "infer-784-128-10-m1", "infer-784-128-10-m64", "matmul-64-128-784"]
levels = ["-O2", "-O3"]
bar = 1.1
seconds_a_row = 8


def build(folder, program, compiler, level):
    """The program, compiled for this processor."""
    target = folder / f"{program}-{compiler}{level}"
    cache = ["ccache"] if shutil.which("ccache") else []
    source, compiled = commands.here / f"{program}.cpp", target.with_suffix(".o")
    print(f"build {target.name}", file=sys.stderr)
    subprocess.run([*cache, compiler, "-std=c++20", level, "-march=native", "-DNDEBUG", f"-I{commands.root / 'include'}",
                    "-c", source, "-o", compiled], check=True)
    subprocess.run([compiler, compiled, "-o", target, "-lz", "-pthread"], check=True)
    return target


class contestant:
    """A program that has checked its outputs, measured a first round, and waits."""

    def __init__(self, program, name):
        self.process = subprocess.Popen([program, name, "--turns"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait()

    def wait(self):
        if self.process.stdout.readline() != "\n":
            raise subprocess.CalledProcessError(self.process.wait(), self.process.args)

    def turn(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.wait()

    def end(self):
        """sinter's rows; whether its outputs were right."""
        output, _ = self.process.communicate()
        rows = [json.loads(line) for line in output.splitlines()]
        return [r for r in rows if r["who"] == "sinter"], self.process.returncode == 0


def measured(programs, name):
    """What each program's `end` gives, after rounds in which they took turns."""
    ready = {}
    try:
        for which, program in programs.items():
            ready[which] = contestant(program, name)
        end = time.monotonic() + seconds_a_row
        while time.monotonic() < end:
            for one in ready.values():
                one.turn()
        return {which: one.end() for which, one in ready.items()}
    finally:
        for one in ready.values():
            one.process.kill()


def run(options, keep, wanted):
    wanted = [name for name in names if not wanted or f"levels-{name}" in wanted]
    compilers = ["g++", *commands.clangs()[:1]]
    if len(compilers) < 2:
        print("levels: clang is skipped: there is none", file=sys.stderr)
    folder = options.build / "levels"
    folder.mkdir(exist_ok=True)
    built = {program: {(c, level): build(folder, program, c, level) for c in compilers for level in levels}
             for program in dict.fromkeys(name.split("-")[0] for name in wanted)}
    version = {c: f"{c} {commands.compiler_version(c)}" for c in compilers}
    sound = True
    for name in wanted:
        ended = measured(built[name.split("-")[0]], name)
        sound = sound and all(right for _, right in ended.values())
        for c in compilers:
            for pair in zip(*(ended[c, level][0] for level in levels)):
                for level, r in zip(levels, pair):
                    what = "" if r["note"] == "sinter" else f", {r['note']}"
                    note = f"{version[c]} {level}{what}"
                    if level == "-O2":
                        note += "; " + commands.at_most("times its -O3", r["min"] / pair[1]["min"], bar)
                    keep({**r, "suite": "levels", "name": f"levels-{name}", "of_peak": None, "predicted": None, "note": note})
    return sound
