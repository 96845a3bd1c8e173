#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""One picture of speed, as SVG, from the rows that `./dev bench --json FILE` wrote. Usage: plot.py ROWS.json PICTURE.svg

A panel shows one row of the benchmark: the smallest time of every contestant as a dot on a logarithmic axis, the fastest on top,
and the machine's limit as a dashed line. A row that the file does not have has no panel. Colours follow the reader's choice of
light or dark. The rows that are shown are kept beside the picture, in PICTURE.json, so that it can be drawn again.
"""

import json
import math
import sys
from html import escape
from pathlib import Path

PANELS = {
    "train-784-128-10-adam-m64": "A training step, 64 samples",
    "infer-784-128-10-m1": "An answer for one sample",
}
NAMES = {
    "loops": "plain loops", "onednn": "oneDNN, by hand", "eigen": "Eigen, by hand", "torch": "PyTorch",
    "torch-compile": "PyTorch, compiled", "jax": "JAX", "tensorflow": "TensorFlow", "keras": "Keras",
    "onnxruntime": "ONNX Runtime",
}
WIDTH, MARGIN, LABELS, LINE, TOP = 860, 20, 128, 21, 84    # pixels; LABELS is the width of a panel's names
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.ours { font-weight: 600 }
.ground { fill: #ffffff; stroke: #d0d7de }
.guide { stroke: #d8dee4 }
.limit { stroke: #57606a; stroke-dasharray: 4 3 }
.dot { fill: #6e7781 }
.dot.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .ground { fill: #0d1117; stroke: #3d444d }
  .guide { stroke: #2f353d }
  .limit { stroke: #9198a1 }
  .dot { fill: #8b949e }
  .dot.ours { fill: #4493f8 }
}
"""


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def panel(title, times, left, width):
    """The parts of one panel: TIMES in µs by contestant, `limit` among them if there is one."""
    limit = times.pop("limit", None)
    first, last = left + LABELS, left + width - 52    # the axis; what follows is room for the last number
    low = math.log10(min([*times.values(), limit or math.inf])) - 0.05
    high = max(math.log10(max(times.values())), low + 0.5)

    def place(value):
        return first + (last - first) * (math.log10(value) - low) / (high - low)

    bottom = TOP + LINE * len(times)
    yield text(left, TOP - 28, title, "ours")
    for tick in (digit * 10.0**power for power in range(math.floor(low), math.ceil(high)) for digit in (1, 3)):
        if low <= math.log10(tick) <= high:
            yield line(place(tick), TOP - 6, place(tick), bottom, "guide")
            yield text(place(tick), bottom + 14, f"{tick:,g} µs", "small", "middle")
    for turn, (who, time) in enumerate(sorted(times.items(), key=lambda item: item[1])):
        y, kind = TOP + LINE * (turn + 0.5), "ours" if who == "sinter" else ""
        yield text(first - 12, y + 4, NAMES.get(who, who), kind, "end")
        yield line(first, y, place(time), y, "guide")
        yield f'<circle cx="{place(time):.1f}" cy="{y:.1f}" r="{6 if kind else 5}" class="dot {kind}"/>'
        yield text(place(time) + 11, y + 4, number(time), kind)
    if limit is not None:
        yield line(place(limit), TOP - 6, place(limit), bottom, "limit")
        yield text(place(limit), TOP - 10, f"the machine's limit, {number(limit)}", "small")


def picture(rows):
    """The SVG of benchmark rows: dictionaries with at least `name`, `who`, `min`, in µs."""
    panels = {}
    for row in rows:
        if row["name"] in PANELS:
            panels.setdefault(row["name"], {})[row["who"]] = row["min"]
    shown = [name for name in PANELS if name in panels]
    most = max(len(panels[name]) - ("limit" in panels[name]) for name in shown)
    height = TOP + LINE * most + 40
    width = (WIDTH - MARGIN * (len(shown) + 1)) / len(shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>Times of sinter and of other libraries</title><style>{STYLE}</style>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6" class="ground"/>',
        text(MARGIN, 30, "A network of 784, 128 and 10 units on one core: smallest times in µs, less is better", "title"),
    ]
    for turn, name in enumerate(shown):
        parts += panel(PANELS[name], panels[name], MARGIN + turn * (width + MARGIN), width)
    return "\n".join([*parts, "</svg>", ""])


def draw(rows, path):
    """Writes the picture to PATH, a .svg, and its rows beside it."""
    shown = [row for row in rows if row["name"] in PANELS]
    if not shown:
        raise SystemExit(f"plot.py: expected rows of {' or '.join(PANELS)}, found none")
    path.write_text(picture(shown), encoding="utf-8")
    lines = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in shown)
    path.with_suffix(".json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].endswith(".svg"):
        sys.exit(__doc__)
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
