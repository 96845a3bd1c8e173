# SPDX-License-Identifier: BSL-1.0
"""Suites of whole processes: starting to a first answer, and compiling."""
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
sys.path.append(str(root / "tests" / "structure"))
import depth_size  # noqa: E402  what an object weighs without its schedule


def run(command, **options):
    """Wall seconds, user seconds, MB of memory, output of a process that succeeded."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return wall, used.ru_utime, used.ru_maxrss / 1024, output


def row(suite, name, who, times, unit, note, limit=None):
    times = sorted(times)
    return {"suite": suite, "name": name, "who": who, "min": times[0], "median": times[len(times) // 2], "unit": unit,
            "of_peak": None if limit is None else limit / times[0], "predicted": None, "note": note}


def startup(options, keep):
    """From the start of a process to its end after one answer."""
    name, sound = "startup-784-128-10", True
    with tempfile.TemporaryDirectory() as folder:
        program = str(options.build / "tests" / "bench_startup")
        run([program, "write", folder])
        commands = {"limit": ["true"], "sinter": [program, folder]}
        if options.peers and not options.quick:
            for who in ("torch", "jax", "tensorflow", "keras", "onnxruntime"):
                commands[who] = [options.peers, here / "peers.py", who, "startup", folder]
        runs = {who: [] for who in commands}
        for turn in range(30):
            for who, command in commands.items():
                if turn < (30 if who in ("limit", "sinter") else 3):
                    runs[who].append(run(command, stderr=subprocess.DEVNULL))
        report = subprocess.run(commands["sinter"], capture_output=True, text=True).stderr
        memory = {"sinter": int(re.search(r"(\d+) kB", report)[1]) / 1024}
        expected = [float(y) for y in runs["sinter"][0][3].split()]
        limit = min(r[0] for r in runs["limit"]) * 1e6
        for who, measured in runs.items():
            note = f"{memory.get(who, max(r[2] for r in measured)):.1f} MB"
            if who != "limit":
                found = [float(y) for y in measured[0][3].split()]
                if len(found) != 10 or any(not math.isclose(a, b, abs_tol=1e-5) for a, b in zip(found, expected)):
                    note, sound = "WRONG OUTPUT; " + note, False
            else:
                note = "a process that does nothing"
            keep(row("startup", name, who, [r[0] * 1e6 for r in measured], "us", note, limit))
    return sound


def judged(what, value, bar, reached):
    """A bar and whether it was reached, as notes say it and table.py reads it."""
    bar = bar if isinstance(bar, str) else f"{bar:.3g}"
    return f"{what} {value:.3g}, bar {bar} {'reached' if reached else 'MISSED'}"


def at_most(what, value, bar):
    return judged(what, value, bar, value <= bar)


step = """#include <sinter/sinter.hpp>
namespace nn = sinter::nn;
struct net : nn::sequential<{layers}> {{}};
double step(sinter::model<net>& model, const float* inputs, const std::int32_t* labels) {{
    sinter::trainer training{{model, sinter::cross_entropy{{}}, sinter::adam{{}}, sinter::labels{{}}}};
    return training.step(inputs, labels, 32);
}}
"""
demo = step.format(layers="nn::input<784>, nn::linear<128>, nn::relu, nn::linear<10>")
only_xsimd = "#include <xsimd/xsimd.hpp>\nint main() {}\n"


def depth(layers):
    return step.format(layers="nn::input<16>" + ", nn::linear<16>" * layers)


def clangs():
    """Those that are there; the first is the one that stands for clang."""
    return [c for c in ("clang++-19", "clang++-14", "clang++") if shutil.which(c)]


def compiler_version(compiler):
    return re.search(r"\d+\.\d+\.\d+", subprocess.check_output([compiler, "--version"], text=True))[0]


def thousand(compiler, version, measure, beside_three, keep):
    """1,000 layers, the program and flags of the test depth_size_1000: once, it takes most of a minute."""
    name, source = "compile-depth-1000", (depth_size.here / "deep_step.cpp").read_text(encoding="utf-8")
    flags = ["-O2", *depth_size.fixed, *depth_size.without_limits([compiler])]
    try:
        *_, three = measure(source, 1, [*flags, "-DDEPTH=3"])
        times, memory, size, deep = measure(source, 1, [*flags, "-DDEPTH=500"])
    except subprocess.CalledProcessError:
        print(f"{name} by {compiler} MISSED: it does not compile", file=sys.stderr)
        return
    keep(row("compile", name, "sinter", times, "s",
             f"{version}, -O2, {memory:.0f} MB, object {size} bytes" + beside_three(deep, three)))


def compile_time(options, keep):
    """User time and memory of compiling, -O3 -march=native; the smaller of two runs."""
    of_clang = clangs()
    for compiler in ["g++", *of_clang]:
        label = "clang++" if compiler in of_clang[:1] else compiler
        version = f"{compiler} {compiler_version(compiler)}"

        def measure(source, times=2, flags=("-O3", "-march=native")):
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder, "unit.cpp")
                file.write_text(source)
                target = file.with_suffix(".o")
                command = [compiler, "-std=c++20", *flags, "-DNDEBUG", f"-I{root / 'include'}", "-c", file, "-o", target]
                runs = [run(command) for _ in range(times)]
                size = depth_size.loaded(target)[0] if depth_size.tools else None
                return [r[1] for r in runs], runs[0][2], target.stat().st_size, size

        def beside_three(size, three):
            if size is None:
                return "; no binutils, the object's ratio is not judged"
            return "; " + at_most("times the object of 3 but for the schedule", size / three, 1.2)

        base, base_memory, *_ = measure(only_xsimd)
        name = f"compile-demo-{label}"
        keep(row("compile", name, "limit", base, "s", f"only xsimd included, {base_memory:.0f} MB, {version}"))
        times, memory, size, _ = measure(demo)
        keep(row("compile", name, "sinter", times, "s",
                 f"{version}, object {size} bytes; " + at_most("s beyond xsimd", min(times) - min(base), 1.5) + "; " +
                 at_most("times its memory", memory / base_memory, 1.35)))
        if compiler not in ["g++", *of_clang[:1]]:
            continue
        first = None
        for layers in (3, 100):
            try:
                times, _, size, beside = measure(depth(layers))
            except subprocess.CalledProcessError:
                print(f"compile-depth-{layers} by {compiler} MISSED: it does not compile", file=sys.stderr)
                continue
            note = f"{version}, object {size} bytes"
            if first:
                each = (min(times) - first[0]) / (layers - 3)
                note += "; " + at_most("s a layer", each, 0.03 if compiler == "g++" else 0.06)
                note += beside_three(beside, first[1])
            first = first or (min(times), beside)
            keep(row("compile", f"compile-depth-{layers}", "sinter", times, "s", note))
        thousand(compiler, version, measure, beside_three, keep)
    return True
