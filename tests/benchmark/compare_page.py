# SPDX-License-Identifier: BSL-1.0
"""docs/comparison.md from what compare.py measured. Sentences here hold no number that a run could change."""
import platform
import subprocess

names = {"sinter": "sinter", "eigen": "Eigen, by hand", "dlib": "dlib", "torch": "PyTorch", "jax": "JAX",
         "tensorflow": "TensorFlow", "keras": "Keras", "onnxruntime": "ONNX Runtime", "onednn": "oneDNN, by hand",
         "loops": "plain loops", "torch-compile": "PyTorch, compiled"}

better_for = """
- **PyTorch**: anything where the network is still being looked for, models of others, GPUs, an answer
  from a colleague. Its errors come from the line that ran, and nothing is compiled.
- **JAX**: functions rather than networks, gradients of gradients over large arrays, GPUs and TPUs. The whole step is one compiled
  program, as here, but compiled while the program runs.
- **Keras, TensorFlow**: the fewest lines to a usual network, converters to phones and browsers, years of recipes.
- **ONNX Runtime**: a model that somebody else trained, in whatever framework, for inference in C++, C# or JavaScript.
- **dlib**: networks as C++ types too, with convolutions, more losses, and tools for faces and images around them, used for years.
- **Eigen or oneDNN by hand**: one small network that will never change, or full control of every product; the gradient is yours to
  derive, to test, and to keep right.
- **sinter**: networks known when the program is compiled, small to medium, trained or run where a Python or a large library cannot
  be; every call the same cost, mistakes of shape found by the compiler. Not for GPUs, not for networks chosen at run time, not where
  a build of seconds for each new network hurts; of layers it has `linear` and what bodies add by hand.
"""


def cell(value, form="{:,.0f}"):
    return "–" if value is None else form.format(value)


def significant(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def page(results):
    libraries, speeds, versions = results["libraries"], results["speeds"], results["versions"]
    busy = "" if results["load"] < 1 else "\n**Other programs ran on the same cores: seconds and microseconds here are not to be quoted.**"
    compiler = subprocess.check_output(["g++", "-dumpfullversion"], text=True).strip()
    job, speed, size, mistakes = [], [], [], []
    for who, r in libraries.items():
        first = None if who == "onnxruntime" else (r["compile_s"] or 0) + r["train_s"]
        lines = sum(r["lines"].values())
        job.append([names[who], str(lines), cell(r["compile_s"], "{:.1f}"),
                    "–" if who == "onnxruntime" else cell(r["train_s"], "{:.1f}"), cell(first, "{:.1f}"),
                    cell(r["accuracy"], "{:.3f}")])
        size.append([names[who], significant(r["start_s"] * 1e3), cell(r["answer_mb"], "{:.1f}"),
                     "–" if who == "onnxruntime" else cell(r["train_mb"]), significant(r["installed_bytes"] / 1e6),
                     "–" if r["binary_bytes"] is None else cell(r["binary_bytes"] / 1e3)])
        m = r["mistake"]
        mistakes.append(f"**{names[who]}**, {'at no time' if m['when'] == 'never' else 'when ' + m['when']}"
                        + (f", in {m['lines']} lines, of which the ones that say it" if m["lines"] > 1 else "") + ":\n\n```\n"
                        + m["text"].strip() + "\n```\n")
    order = [w for w in ("limit", *names) if w in speeds]
    for who in order:
        speed.append(["the machine's limit" if who == "limit" else names[who], significant(speeds[who].get("step_us")),
                      significant(speeds[who].get("infer_us")), versions.get(who, "")])
    return f"""# Comparison

For someone choosing. One job, done with each library as its manual does it: train 784-128-10 on the 60,000 images of Fashion-MNIST
(Adam, minibatches of 32, {results["epochs"]} passes), save, load in a second program, answer for one image. This page is written by
`./dev bench compare` from one run; the programs are [tests/benchmark/compare/](../tests/benchmark/compare). {processor()},
one core, g++ {compiler} `-O3 -march=native`; the load average was {results["load"]:.1f} when it began.{busy}

## To a first model

Lines of both programs, without empty ones and comments. Compiling is user time; training is the whole process, from its start to the
saved file, and what dlib and Keras decide by themselves (order, when to stop) is left to them. Accuracy is shown so that one sees that
the job was done; initial weights and orders differ. ONNX Runtime infers only: its lines convert and run PyTorch's network.

{table(["library", "lines", "compile, s", "train, s", "first model, s", "test accuracy"], job)}

## Speed

Smallest times in µs: a training step of 64 samples, an answer for one sample, by the same measurement as
[benchmarks.md](benchmarks.md), which has more rows and says how. oneDNN, plain loops and compiled PyTorch are in this table alone.

{table(["library", "step of 64", "one sample", "version"], speed)}

## To embed it

Starting is from the start of the answering process to its end. Memory is the largest that was resident, of the answering process and
of training (the images are among it: bytes in sinter and Eigen, `float` elsewhere). Installed is, in Python, the package and all that it
requires, in C++ the Debian packages of headers and libraries to build with; neither counts Python, compiler or C library. The
binary is the answering program, stripped, linked dynamically.

{table(["library", "start, ms", "answer, MB", "training, MB", "installed, MB", "binary, kB"], size)}

## A mistake of shape

The second layer is told to read 64 values where the first gives 128. Keras and dlib are never told, so there the images have 756
pixels, or 784 of which 756 are declared; ONNX Runtime, whose networks come from elsewhere, gets such an image. Eigen is built without `NDEBUG`: with it, it does not look.

{chr(10).join(mistakes)}
## For whom another is the better choice
{better_for}"""
