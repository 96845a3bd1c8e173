#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Markdown tables, one a suite, of the rows that `./dev bench --json FILE` wrote: smallest times, best peer in bold.

Usage: table.py FILE
"""
import json
import sys

peers = ["loops", "onednn", "eigen", "dlib", "torch", "torch-compile", "jax", "tensorflow", "keras", "onnxruntime"]


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = json.load(file)
    for suite in dict.fromkeys(r["suite"] for r in rows):
        of_suite = [r for r in rows if r["suite"] == suite]
        there = [p for p in peers if any(r["who"] == p for r in of_suite)]
        header = ["row, " + of_suite[0]["unit"], "limit", "sinter", "of limit", *there]
        print("\n| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
        for name in dict.fromkeys(r["name"] for r in of_suite):
            of_row = [r for r in of_suite if r["name"] == name]
            least = {r["who"]: r["min"] for r in of_row}
            best = min((least[p] for p in there if p in least), default=None)
            cells = [("**{}**" if least.get(p) == best else "{}").format(number(least[p])) if p in least else ""
                     for p in there]
            for r in of_row:
                if r["who"] == "sinter":
                    note = r["note"].split("; bar")[0]
                    label = f"`{name}`" + ("" if note == "sinter" else f", {note}")
                    part = "" if r["of_peak"] is None else f"{r['of_peak']:.2f}"
                    limit = number(least["limit"]) if "limit" in least else ""
                    print("| " + " | ".join([label, limit, number(r["min"]), part, *cells]) + " |")


if __name__ == "__main__":
    main()
