#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Does one job with each library and writes docs/comparison.md from what it measured: `./dev bench compare`.

The job: train 784-128-10 on 60,000 images with Adam and minibatches of 32, save the weights; load them in a small
program that answers for one image and ends. The programs are compare/<library>/train.* and answer.*, as a user would write
them; all of it runs on one core.
"""
import argparse
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import compare_page

here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
programs = here / "compare"
images = pathlib.Path("/usr/share/datasets/fashion-mnist")
compiler = ["g++", "-std=c++20", "-O3", "-march=native", "-isystem/usr/include/eigen3", f"-I{root / 'include'}"]

# Who; what to link; what must be installed to build (Debian) or to answer (Python); the mistake: the second layer is told
# to read 64 values of 128 or, where widths are never told, images lack a row.
cases = {
    "sinter": {"link": [], "packages": ["libxsimd-dev", "libboost1.74-dev"],
               "mistake": ("net.hpp", "nn::linear<10>", "nn::linear<10, nn::inputs<64>>")},
    "eigen": {"link": [], "packages": ["libeigen3-dev"],
              "mistake": ("net.hpp", "matrix::Random(128, 10)", "matrix::Random(64, 10)")},
    "dlib": {"link": ["-ldlib", "-lblas", "-llapack"], "packages": ["libdlib-dev", "libdlib19.1", "libopenblas-serial-dev",
                                                       "libopenblas0-serial"],
             "mistake": ("net.hpp", "1, 784>", "1, 756>")},
    "torch": {"packages": ["torch", "numpy"], "mistake": ("train.py", "Linear(128, 10)", "Linear(64, 10)")},
    "jax": {"packages": ["jax", "numpy"], "mistake": ("train.py", "(128, 10)", "(64, 10)")},
    "tensorflow": {"packages": ["tensorflow-cpu"], "mistake": ("train.py", "(128, 10)", "(64, 10)")},
    "keras": {"packages": ["keras", "tensorflow-cpu"], "mistake": ("train.py", "Input((784,))", "Input((756,))")},
    "onnxruntime": {"packages": ["onnxruntime", "numpy"],
                    "mistake": ("answer.py", "np.uint8)[None]", "np.uint8)[None, :756]")},
}

closure = """
import importlib.metadata as meta, os, re, sys
wanted, seen = sys.argv[1:], {}
while wanted:
    name = re.split(r"[^A-Za-z0-9_.-]", wanted.pop())[0].lower().replace("_", "-")
    try:
        there = meta.distribution(name)
    except meta.PackageNotFoundError:
        continue
    if name in seen: continue
    seen[name] = sum(f.locate().stat().st_size for f in there.files or () if f.locate().is_file())
    wanted += [r for r in there.requires or () if "extra ==" not in r]
print(sum(seen.values()))
"""


def lines_of(file):
    """Lines that are neither empty nor only a comment."""
    return sum(1 for line in file.read_text().splitlines()
               if line.strip() and not re.match(r'\s*(//|#(?!include|pragma)|""")', line))


class Runs:
    """Starts programs on one core, and measures them."""

    def __init__(self, folder):
        self.folder = folder
        self.launcher = folder / "launch"
        subprocess.run(["g++", "-std=c++20", "-O2", programs / "launch.cpp", "-o", self.launcher], check=True)

    def __call__(self, *command, check=True):
        report = self.folder / "report"
        done = subprocess.run([self.launcher, report, *map(str, command)], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}")
        wall, user, memory = map(float, report.read_text().split())
        return {"wall": wall, "user": user, "mb": memory / 1024, "out": done.stdout, "err": done.stderr,
                "code": done.returncode}


def sources_of(who):
    return sorted(f for f in (programs / who).iterdir() if f.suffix in (".cpp", ".hpp", ".py"))


def build(run, source, link, target, *flags, check=True):
    return run(*compiler, *flags, source, *link, "-o", target, check=check)


def message_of(case, who, run, data, out, python, folder):
    """What is said about a mistake: when, in how many lines, and the line that says it."""
    wrong = folder / "wrong" / who
    shutil.copytree(programs / who, wrong)
    shutil.copy(programs / "read.hpp", wrong.parent)
    name, old, new = case["mistake"]
    text = (wrong / name).read_text()
    assert old in text, (who, old)
    (wrong / name).write_text(text.replace(old, new))
    if "link" in case:
        said = build(run, wrong / "train.cpp", case["link"], wrong / "train", check=False)
        when = "compiling"
        if said["code"] == 0:
            said, when = run(wrong / "train", data, out, 1, check=False), "running"
    else:
        arguments = [out, data / "one.u8"] if name == "answer.py" else [data, out, 1]
        said, when = run(python, wrong / name, *arguments, check=False), "running"
    if said["code"] == 0:
        return {"when": "never", "lines": 0, "text": "none: it trains"}
    lines = [line for line in said["err"].splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line]
    if when == "compiling":
        text = re.sub(r"^.*?error: ", "", (errors or lines)[0])
        types = re.search(r"\{([^}]*found<[^}]*)\}", said["err"])  # sinter's say the rest
        text += "\n" + types[1].replace("sinter::", "") if types else ""
    else:  # of a traceback the exception's own lines
        starts = [i for i, line in enumerate(lines) if re.match(r"[\w.]*(Error|Exception|InvalidArgument)\b.*:", line)]
        start = starts[-1] if starts and not lines[starts[-1]].endswith("in user code:") else len(lines) - 1
        text = " ".join(line.strip() for line in lines[start:start + 3])
    return {"when": when, "lines": len(lines), "text": text.replace(str(folder), "…").split(" -----")[0][:500]}


def do_job(who, case, run, options, data, folder):
    python = options.peers
    out = folder / "out"
    found = {"lines": {f.name: lines_of(f) for f in sources_of(who)}}
    if "link" in case:
        made = {}
        for name in ("train", "answer"):
            target = folder / f"{who}-{name}"
            made[name] = build(run, programs / who / f"{name}.cpp", case["link"], target, "-DNDEBUG")
            subprocess.run(["strip", target], check=True)
        found["compile_s"] = made["train"]["user"]
        found["binary_bytes"] = (folder / f"{who}-answer").stat().st_size
        commands = [[folder / f"{who}-{name}"] for name in ("train", "answer")]
        sizes = subprocess.check_output(["dpkg-query", "-W", "-f=${Installed-Size}\n", *case["packages"]], text=True)
        found["installed_bytes"] = sum(map(int, sizes.split())) * 1024
        if who == "sinter":
            found["installed_bytes"] += sum(f.stat().st_size for f in (root / "include").rglob("*.hpp"))
    else:
        commands = [[python, programs / who / f"{name}.py"] for name in ("train", "answer")]
        found["compile_s"] = found["binary_bytes"] = None
        found["installed_bytes"] = int(subprocess.check_output([python, "-c", closure, *case["packages"]], text=True))
    trained = run(*commands[0], data, out, options.epochs)
    found |= {"train_s": trained["wall"], "train_mb": trained["mb"]}
    found["accuracy"] = float(trained["out"].split()[-1]) if trained["out"].split() else None
    answers = [run(*commands[1], out, data / "one.u8") for _ in range(20 if "link" in case else 3)]
    found["start_s"] = min(a["wall"] for a in answers)
    found["answer_mb"] = min(a["mb"] for a in answers)
    scores = [float(x.strip("[],")) for x in answers[0]["out"].split()]
    assert len(scores) == 10, answers[0]["out"]
    found["mistake"] = message_of(case, who, run, data, out, python, folder)
    return found


def speeds(options, folder):
    """Rows of the benchmark: those of --rows, or of a run now."""
    file = options.rows
    if file is None:
        file = folder / "rows.json"
        command = [sys.executable, here / "bench.py", "--build", options.build, "--json", file]
        command += ["--peers", options.peers] if options.peers else []
        subprocess.run([*command, "train-784-128-10-adam-m64", "infer-784-128-10-m1"], check=True)
    wanted = {"train-784-128-10-adam-m64": "step_us", "infer-784-128-10-m1": "infer_us"}
    found, notes = {}, {}
    for row in json.loads(file.read_text()):
        if row["name"] in wanted:
            found.setdefault(row["who"], {})[wanted[row["name"]]] = row["min"]
            if row["who"] not in ("limit", "sinter"):
                notes[row["who"]] = row["note"]
    return found, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--peers", help="the Python of the environment that has the peers")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--only", nargs="*", help="these libraries; nothing is written to docs/")
    parser.add_argument("--rows", type=pathlib.Path, help="the benchmark's rows, instead of measuring two of them now")
    parser.add_argument("--page-of", type=pathlib.Path, metavar="JSON", help="only write the page anew, of an earlier --json")
    parser.add_argument("--json", type=pathlib.Path, help="also what was measured, as JSON")
    options = parser.parse_args()
    if options.page_of:
        (root / "docs" / "comparison.md").write_text(compare_page.page(json.loads(options.page_of.read_text())))
        return 0
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                     "TF_NUM_INTEROP_THREADS"):
        os.environ[variable] = "1"
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "JAX_PLATFORMS": "cpu"}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    results, sound = {"epochs": options.epochs, "load": os.getloadavg()[0], "libraries": {}}, True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data = folder / "data"
        data.mkdir(), (folder / "out").mkdir()
        for ours, theirs in (("train", "train"), ("test", "t10k")):
            for kind, header in (("images", 16), ("labels", 8)):
                file = next(images.glob(f"{theirs}-{kind}-idx*.gz"))
                (data / f"{ours}-{kind}.u8").write_bytes(gzip.decompress(file.read_bytes())[header:])
        (data / "one.u8").write_bytes((data / "test-images.u8").read_bytes()[:784])
        run = Runs(folder)
        for who, case in cases.items():
            if options.only and who not in options.only:
                continue
            if "link" not in case and not options.peers:
                print(f"{who} is skipped: ./dev bench peers fetches it", flush=True)
                continue
            try:
                results["libraries"][who] = do_job(who, case, run, options, data, folder)
            except (RuntimeError, AssertionError, subprocess.CalledProcessError) as failure:
                print(f"{who} is left out: {failure}", file=sys.stderr, flush=True)
                sound = False
                continue
            print(who, json.dumps(results["libraries"][who]), flush=True)
        results["speeds"], results["versions"] = speeds(options, folder)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    if not options.only:
        (root / "docs" / "comparison.md").write_text(compare_page.page(results))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
