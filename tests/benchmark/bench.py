#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the benchmark's suites, prints a table, writes the rows as JSON and a picture of two of them, and judges them.

A suite is a program of the build folder that writes one JSON object a line (harness.hpp), or a function of commands.py.
Fails if an output was wrong or a time beats the limit that was measured beside it: then the measurement is at fault.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import commands
import levels
import plot

here = pathlib.Path(__file__).resolve().parent
suites = ["train", "infer", "matmul", "chain", "math", "reduce", "conv", "attention", "epoch", "startup", "levels", "compile"]
math_rows = ["exp", "tanh", "sigmoid", "log"]

# By so much the minima of two loops that are equally fast differ from run to run.
scatter = 0.01

# The least part of its limit that sinter is to reach: on AVX2, on AVX-512.
bars = {
    "train-784-128-10-adam-m1": (1 / 1.6, 1 / 1.6),
    "train-784-128-10-adam-m32": (0.70, 0.78),
    "train-784-128-10-adam-m64": (0.80, 0.88),
    "train-784-128-10-adam-m128": (0.83, 0.90),
    "train-784-128-10-sgd-m1": (1 / 1.6, 1 / 1.6),
    "train-784-128-10-adam-m128-2threads": (0.90, 0.90),
    "infer-784-128-10-m1": (1 / 1.25, 1 / 1.25),
    "infer-784-128-10-m64": (0.92, 0.92),
    "matmul-64-128-784": (0.92, 0.92),
    "matmul-256-512-512": (0.92, 0.92),
    "chain-8-1MiB": (0.85, 0.85),
}
# Of the suite `reduce`, whose rows have 1 MiB, but for pools and two small ones.
reduce_bar, pool_bar, small_reductions = 0.80, 0.70, ["reduce-sum1-32x784", "reduce-sum0-784x32"]
# Of the suite `conv`, by how a row's name goes on; by data 7x7 has none.
conv_bars = {"3x3": 0.80, "1x1": 0.80, "7x7": 0.60, "5x5": 0.50, "depthwise": 0.70, "scores": 0.60, "values": 0.60}
odd_products = ["matmul-17-33-7", "matmul-1-10-128", "matmul-100-50-1"]
packing_bars = {"matmul-64-128-784": 0.85, "matmul-256-512-512": 0.85, "matmul-1024-1024-1024": 0.90}


has_avx512 = "avx512f" in pathlib.Path("/proc/cpuinfo").read_text()


def padded_bar(name):
    """Odd shapes: twice the cost of a product whose rows and columns fill whole tiles."""
    rows, columns, depth = map(int, name.split("-")[1:])
    tile, width = (14, 32) if has_avx512 else (6, 16)
    return rows * columns / (-(-rows // tile) * tile * -(-columns // width) * width) / 2


def bar_of(row):
    name = row["name"]
    if row["who"] != "sinter" or row["of_peak"] is None:
        return None
    if name in odd_products:
        return padded_bar(name)
    if row["suite"] == "reduce" and name not in small_reductions:
        return pool_bar if "pool" in name else reduce_bar
    if row["suite"] == "conv":
        no_bar = "7x7" in name and name.endswith("data")
        return None if no_bar else next((b for key, b in conv_bars.items() if name.startswith("conv-" + key)), None)
    if "packing included" in row["note"]:
        return packing_bars.get(name)
    return bars.get(name, (None, None))[has_avx512]


def judged(row):
    """What the note says beside a bar: commands.py's `judged` has the words."""
    words = []
    if bar := bar_of(row):
        words.append(commands.judged("of limit", row["of_peak"], bar, row["of_peak"] >= bar))
    if row["predicted"] is not None:
        ratio = row["predicted"] / row["min"]
        words.append(commands.judged("predicted / measured", ratio, "0.80 to 1.20", 0.8 <= ratio <= 1.2))
    return "".join("; " + w for w in words)


def print_row(row):
    def cell(value, form):
        return "" if value is None else form.format(value)

    print("{:<28} {:<14} {:>11} {:>11} {:<3} {:>7} {:>10}  {}".format(
        row["name"], row["who"], cell(row["min"], "{:.2f}"), cell(row["median"], "{:.2f}"), row["unit"],
        cell(row["of_peak"], "{:.3f}"), cell(row["predicted"], "{:.2f}"), row["note"]), flush=True)


def chosen_suites(names):
    """{suite: its rows that were asked for}, none meaning all; a name that is no suite's is a program of its own."""
    chosen = {} if names else {suite: [] for suite in suites}
    for name in names:
        suite = "math" if name in math_rows else name.split("-")[0]
        rows = chosen.setdefault(suite, [])
        if name != suite:
            rows.append(name)
    return chosen


def run_suite(name, rows, options, keep):
    """Whether its outputs were right."""
    if name in ("startup", "levels", "compile"):
        try:
            if name == "levels":
                return levels.run(options, keep, rows)
            return {"startup": commands.startup, "compile": commands.compile_time}[name](options, keep)
        except subprocess.CalledProcessError as failure:
            print(failure, file=sys.stderr)
            return False
    command = [options.build / "tests" / f"bench_{name}", *rows]
    command += ["--quick"] if options.quick else []
    command += ["--processor-time"] if options.processor_time else []
    if options.peers and not options.quick:
        command += ["--peers", f"{options.peers} {here / 'peers.py'}"]
    if name not in suites:
        return subprocess.run(command[:1]).returncode == 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            keep(json.loads(line))
    return process.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", action="store_true", help="only print what is to be built")
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--peers")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--processor-time", action="store_true", help="on a machine that others use, too")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="SUITE or ROW")
    options = parser.parse_args()
    chosen = chosen_suites(options.names)
    if options.quick:
        for suite in ("levels", "compile"):
            chosen.pop(suite, None)
    if options.programs:
        for name in chosen:
            if (here / f"{name}.cpp").exists():
                print(f"tests/bench_{name}")
        return 0

    # One thread each: the suites' children inherit it.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ[variable] = "1"

    print("{:<28} {:<14} {:>11} {:>11} {:<3} {:>7} {:>10}  {}".format(
        "row", "who", "min", "median", "", "of peak", "predicted", "note"))
    rows, sound = [], True

    def keep(row):
        row["note"] += judged(row)
        rows.append(row)
        print_row(row)

    try:
        for suite, wanted in chosen.items():
            sound = run_suite(suite, wanted, options, keep) and sound
    finally:
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1) + "\n")
    if options.svg:
        plot.draw(rows, options.svg)
    allowed = 0.05 if options.processor_time else scatter  # a virtual machine's clock of it is not exact
    for row in rows:
        if row["who"] != "limit" and row["of_peak"] is not None and row["of_peak"] > 1 + allowed:
            print(f"{row['name']} by {row['who']} beats its limit: {row['of_peak']:.3f}", file=sys.stderr)
            sound = False
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
