#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Markdown tables, one a suite, of the rows that `./dev bench --json FILE` wrote: smallest times, best peer in bold, and each
bar of the issue as reached or missed.

Usage: table.py FILE [--into PAGE]      PAGE: replaces what stands there between the two comments in `marks`
"""
import io
import json
import pathlib
import sys
from contextlib import redirect_stdout

peers = ["loops", "onednn", "eigen", "dlib", "torch", "torch-last", "torch-compile", "jax", "tensorflow", "keras", "onnxruntime"]


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


marks = ["<!-- what table.py printed -->", "<!-- end of what table.py printed -->"]


def print_tables(rows):
    for suite in dict.fromkeys(r["suite"] for r in rows):
        of_suite = [r for r in rows if r["suite"] == suite]
        there = [p for p in peers if any(r["who"] == p for r in of_suite)]
        header = ["row, " + of_suite[0]["unit"], "limit", "sinter", "of limit", *there, "bars"]
        print("\n| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
        for name in dict.fromkeys(r["name"] for r in of_suite):
            of_row = [r for r in of_suite if r["name"] == name]
            least = {r["who"]: r["min"] for r in of_row}
            best = min((least[p] for p in there if p in least), default=None)
            cells = [("**{}**" if least.get(p) == best else "{}").format(number(least[p])) if p in least else ""
                     for p in there]
            for r in of_row:
                if r["who"] == "sinter":
                    note, *judged = r["note"].split("; ")
                    judged = [j for j in judged if ", bar " in j]
                    if best is not None:
                        judged.append(f"ahead of peers by {best / r['min']:.2f} {'reached' if best > r['min'] else 'MISSED'}")
                    label = f"`{name}`" + ("" if note == "sinter" else f", {note}")
                    part = "" if r["of_peak"] is None else f"{r['of_peak']:.2f}"
                    limit = number(least["limit"]) if "limit" in least else ""
                    bars = "; ".join(j.replace("MISSED", "**missed**") for j in judged)
                    print("| " + " | ".join([label, limit, number(r["min"]), part, *cells, bars]) + " |")


def main():
    rows = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    if "--into" not in sys.argv:
        return print_tables(rows)
    page = pathlib.Path(sys.argv[sys.argv.index("--into") + 1])
    with redirect_stdout(io.StringIO()) as tables:
        print_tables(rows)
    before, rest = page.read_text(encoding="utf-8").split(marks[0])
    page.write_text(before + marks[0] + "\n" + tables.getvalue() + "\n" + marks[1] + rest.split(marks[1])[1], encoding="utf-8")


if __name__ == "__main__":
    main()
