#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes golden.hpp, the values that PyTorch computes in double precision. See README.md.

Inputs are multiples of 1/256 from a seeded generator, so that they are exact in float and double and can be
retyped anywhere; outputs carry 17 significant digits. One thread and the portable code paths make a rerun give
the same file.
"""
import os

# Read when torch is imported: the code path that does not depend on the processor.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["MKL_CBWR"] = "COMPATIBLE"
os.environ["OMP_NUM_THREADS"] = "1"

import math
import pathlib
import random
import warnings

import torch
import torch.nn.functional as F

EXPECTED_VERSION = "2.13.0"
OUTPUT = pathlib.Path(__file__).with_name("golden.hpp")

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
rng = random.Random(20240607)
lines: list[str] = []


# --- writing ---------------------------------------------------------------------------------------------------

def section(title: str) -> None:
    lines.extend(["", f"// ---- {title}"])


def note(text: str) -> None:
    lines.append(f"// {text}")


def number(value: float) -> str:
    text = f"{value:.17g}"
    return text if any(c in text for c in ".e") else text + ".0"


def array(name: str, values, meaning: str, shape: tuple[int, ...] | None = None) -> None:
    """One array, row-major, under a line of comment: its shape and its meaning."""
    tensor = torch.as_tensor(values).detach()
    integers = not tensor.is_floating_point()
    assert integers or tensor.dtype == torch.float64
    assert bool(torch.isfinite(tensor).all()), name
    extents = tuple(tensor.shape) if shape is None else shape
    flat = tensor.reshape(-1).tolist()
    lines.append(f"// [{', '.join(map(str, extents))}] {meaning}")
    items = [str(value) if integers else number(value) for value in flat]
    head = f"inline constexpr {'int' if integers else 'double'} {name}[] = {{"
    if len(head) + sum(len(item) + 2 for item in items) < 118:
        lines.append(f"{head}{', '.join(items)}}};")
        return
    lines.append(head)
    row = "   "
    for index, item in enumerate(items):
        item = f" {item}" + ("," if index + 1 < len(items) else "")
        if len(row) + len(item) > 118:
            lines.append(row)
            row = "   "
        row += item
    lines.extend([row, "};"])


def scalar(name: str, value, meaning: str) -> None:
    lines.extend([f"// {meaning}", f"inline constexpr double {name} = {number(float(value))};"])


# --- inputs ----------------------------------------------------------------------------------------------------

def grid(shape: tuple[int, ...], low: float, high: float) -> torch.Tensor:
    """Multiples of 1/256 in [low, high], all different and none zero, so that a maximum has no ties."""
    count = 1
    for extent in shape:
        count *= extent
    pool = [k for k in range(int(low * 256), int(high * 256) + 1) if k != 0]
    return torch.tensor([k / 256 for k in rng.sample(pool, count)]).reshape(shape)


def labels(count: int, classes: int) -> torch.Tensor:
    return torch.tensor([rng.randrange(classes) for _ in range(count)])


def gradients(value: torch.Tensor, weight, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The gradient of sum(value * weight)."""
    return torch.autograd.grad((value * weight).sum(), inputs)


# --- 1: elementwise --------------------------------------------------------------------------------------------

def elementwise() -> None:
    section("1: elementwise operations")
    note("For each: `_y` = f(x), `_dx` = the gradient of sum(f(x) * w), that is w * f'(x).")
    note("At x = 0: abs (also within log and sqrt) and relu have derivative 0, leaky_relu 0.01, elu 1.")
    special = torch.tensor([0.0, 1e-12, -1e-12, 1e-300, -1e-300, 4.0, -4.0])
    x = torch.cat([special, grid((17,), -3.99, 3.99)])
    w = grid((24,), -2, 2)
    array("x", x, "the common input, with 0, +-1e-12, +-1e-300, +-4")
    array("w", w, "the common weight of the gradients")
    unary = {
        "exp": (torch.exp, "exp(x)"),
        "log": (lambda t: torch.log(t.abs() + 0.1), "log(abs(x) + 0.1)"),
        "sqrt": (lambda t: torch.sqrt(t.abs() + 0.1), "sqrt(abs(x) + 0.1)"),
        "tanh": (torch.tanh, "tanh(x)"),
        "sigmoid": (torch.sigmoid, "1 / (1 + exp(-x))"),
        "relu": (torch.relu, "max(x, 0)"),
        "abs": (torch.abs, "abs(x)"),
        "sin": (torch.sin, "sin(x)"),
        "cos": (torch.cos, "cos(x)"),
        "softplus": (F.softplus, "log(1 + exp(x))"),
        "gelu": (lambda t: F.gelu(t, approximate="none"), "x * Phi(x), by erf"),
        "gelu_tanh": (lambda t: F.gelu(t, approximate="tanh"),
                      "x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))"),
        "silu": (F.silu, "x * sigmoid(x)"),
        "elu": (F.elu, "x > 0 ? x : exp(x) - 1"),
        "leaky_relu": (lambda t: F.leaky_relu(t, 0.01), "x > 0 ? x : 0.01 x"),
    }
    for name, (function, meaning) in unary.items():
        t = x.clone().requires_grad_()
        y = function(t)
        array(f"{name}_y", y, meaning)
        array(f"{name}_dx", gradients(y, w, t)[0], "its gradient under w")

    section("1: elementwise operations of two arguments")
    note("For each: `_y` = f(a, b), `_da` and `_db` = the gradients of sum(f(a, b) * w).")
    a, b = grid((24,), -4, 4), grid((24,), -4, 4)
    assert bool((a != b).all())
    array("a", a, "the first argument")
    array("b", b, "the second argument: never 0, nowhere equal to a")
    binary = {
        "maximum": (torch.maximum, "max(a, b)"),
        "minimum": (torch.minimum, "min(a, b)"),
        "mul": (torch.mul, "a * b"),
        "div": (torch.div, "a / b"),
    }
    for name, (function, meaning) in binary.items():
        s, t = a.clone().requires_grad_(), b.clone().requires_grad_()
        y = function(s, t)
        da, db = gradients(y, w, s, t)
        array(f"{name}_y", y, meaning)
        array(f"{name}_da", da, "its gradient by a under w")
        array(f"{name}_db", db, "its gradient by b under w")
    s, t = (torch.tensor([1.5]).requires_grad_() for _ in range(2))
    da, db = gradients(torch.maximum(s, t), 1.0, s, t)
    array("maximum_tie", torch.cat([da, db]), "the gradients of max(1.5, 1.5) by its first and second argument")
    da, db = gradients(torch.minimum(s, t), 1.0, s, t)
    array("minimum_tie", torch.cat([da, db]), "the gradients of min(1.5, 1.5) by its first and second argument")


# --- 2: along axes ---------------------------------------------------------------------------------------------

def axes() -> None:
    section("2: operations along the axes of a matrix")
    note("`_dx` = the gradient of sum(y * weight), the weight being the one of y's shape: matrix_w for [5, 7],")
    note("rows_w for [5], columns_w for [7], 1 for a scalar.")
    x = grid((5, 7), -3, 3)
    weight = {(5, 7): grid((5, 7), -2, 2), (5,): grid((5,), -2, 2), (7,): grid((7,), -2, 2), (): torch.tensor(1.0)}
    array("matrix", x, "the input: no two elements are equal")
    array("matrix_w", weight[5, 7], "the weight of softmax and log_softmax")
    array("rows_w", weight[5,], "the weight of what is reduced over axis 1")
    array("columns_w", weight[7,], "the weight of what is reduced over axis 0")

    def write(name: str, function, meaning: str) -> None:
        t = x.clone().requires_grad_()
        y = function(t)
        array(f"{name}_y", y, meaning, tuple(y.shape) or (1,))
        array(f"{name}_dx", gradients(y, weight[tuple(y.shape)], t)[0], "its gradient under the weight")

    write("softmax", lambda t: torch.softmax(t, -1), "softmax over the last axis")
    write("log_softmax", lambda t: torch.log_softmax(t, -1), "log_softmax over the last axis")
    write("logsumexp", lambda t: torch.logsumexp(t, -1), "logsumexp over the last axis")
    for name, function in (("sum", torch.sum), ("mean", torch.mean), ("amax", torch.amax)):
        for suffix, axis, where in (("axis0", (0,), "over axis 0"), ("axis1", (1,), "over axis 1"),
                                    ("all", (0, 1), "over all elements")):
            write(f"{name}_{suffix}", lambda t: function(t, dim=axis), f"{name} {where}")
    t = torch.tensor([2.0, 1.0, 2.0, 2.0]).requires_grad_()
    array("amax_tie", gradients(torch.amax(t, 0), 1.0, t)[0], "the gradient of amax over (2, 1, 2, 2)")


# --- 3: losses -------------------------------------------------------------------------------------------------

def losses() -> None:
    section("3: losses, each the mean (of all elements; of all rows) and its gradient by the prediction or logits")

    def write(name: str, loss, prediction: torch.Tensor, meaning: str) -> None:
        t = prediction.clone().requires_grad_()
        value = loss(t)
        array(f"{name}_loss", value, meaning, (1,))
        array(f"{name}_dx", gradients(value, 1.0, t)[0], "its gradient")

    prediction, target = grid((5, 3), -2, 2), grid((5, 3), -2, 2)
    array("mse_prediction", prediction, "the prediction")
    array("mse_target", target, "the target")
    write("mse", lambda t: F.mse_loss(t, target), prediction, "mean of (prediction - target)^2 over all 15 elements")

    logits, label = grid((6, 10), -4, 4), labels(6, 10)
    one_hot = F.one_hot(label, 10).to(torch.float64)
    probability = torch.tensor([[rng.randrange(1, 9) for _ in range(10)] for _ in range(6)]) * 1.0
    probability /= probability.sum(1, keepdim=True)
    array("cross_entropy_logits", logits, "the logits")
    array("cross_entropy_labels", label, "the integer labels")
    write("cross_entropy", lambda t: F.cross_entropy(t, label), logits, "cross entropy against the labels")
    array("cross_entropy_one_hot", one_hot, "the labels as one-hot rows")
    write("cross_entropy_one_hot", lambda t: F.cross_entropy(t, one_hot), logits, "cross entropy against one-hot rows")
    array("cross_entropy_probability", probability, "probabilities: each row sums to 1")
    write("cross_entropy_probability", lambda t: F.cross_entropy(t, probability), logits,
          "cross entropy against the probabilities")

    extreme = torch.tensor([[1e4, -1e4, 0.0, 1.0, -1.0],
                            [1e4, 1e4, -1e4, 0.0, 1e4],
                            [-1e4, -1e4, -1e4, -1e4, -1e4],
                            [-1e4, 1e4, 1e4, 1e4 - 1, 1e4 + 1]])
    extreme_labels = torch.tensor([1, 0, 2, 4])
    extreme_one_hot = F.one_hot(extreme_labels, 5).to(torch.float64)
    array("extreme_logits", extreme, "logits of +-1e4")
    array("extreme_labels", extreme_labels, "the integer labels")
    write("extreme", lambda t: F.cross_entropy(t, extreme_labels), extreme, "cross entropy against the labels")
    write("extreme_one_hot", lambda t: F.cross_entropy(t, extreme_one_hot), extreme,
          "cross entropy against one-hot rows")
    array("extreme_log_softmax_y", torch.log_softmax(extreme, -1), "log_softmax of extreme_logits over the last axis")


# --- 4: networks -----------------------------------------------------------------------------------------------

def initial(sizes: tuple[int, ...]) -> list[torch.Tensor]:
    """weight [out, in] and bias [out] of each layer, in turn."""
    parameters = []
    for size_in, size_out in zip(sizes, sizes[1:]):
        parameters += [grid((size_out, size_in), -1, 1), grid((size_out,), -0.5, 0.5)]
    return parameters


def forward(activations, parameters: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    y = inputs
    for layer, activation in enumerate(activations):
        y = F.linear(y, parameters[2 * layer], parameters[2 * layer + 1])
        if activation is torch.relu:
            # No unit so near its kink that another order of summation could decide otherwise.
            assert float(y.detach().abs().min()) > 1e-5
        y = activation(y)
    return y


def names(layers: int) -> list[str]:
    return [f"{kind}{layer}" for layer in range(1, layers + 1) for kind in ("weight", "bias")]


def identity(t: torch.Tensor) -> torch.Tensor:
    return t


def network(prefix: str, title: str, sizes: tuple[int, ...], activations):
    section(f"4: network {title}, softmax cross entropy (mean) on its output")
    parameters = initial(sizes)
    inputs, label = grid((6, sizes[0]), -2, 2), labels(6, sizes[-1])
    array(f"{prefix}_inputs", inputs, "the minibatch")
    array(f"{prefix}_labels", label, "its labels")
    for name, value in zip(names(len(activations)), parameters):
        array(f"{prefix}_{name}", value, "weight: [out, in]" if value.dim() == 2 else "bias: [out]")
    leaves = [p.clone().requires_grad_() for p in [inputs, *parameters]]
    logits = forward(activations, leaves[1:], leaves[0])
    loss = F.cross_entropy(logits, label)
    array(f"{prefix}_logits", logits, "the network's output")
    array(f"{prefix}_loss", loss, "the loss", (1,))
    for name, value in zip(["inputs", *names(len(activations))], torch.autograd.grad(loss, leaves)):
        array(f"{prefix}_d_{name}", value, f"the loss's gradient by {name}")
    return parameters, inputs, label


# --- 5: optimizers ---------------------------------------------------------------------------------------------

def optimizers(activations, parameters, inputs, label) -> None:
    section("5: optimizers: the network 7-8-5 of section 4, ten steps on its whole minibatch")
    note("`_losses` = the loss before each step; `_final` = the parameters after the tenth, one after the other:")
    note("weight1 [8, 7], bias1 [8], weight2 [5, 8], bias2 [5]. They start as mlp_weight1 to mlp_bias2.")
    note("weight_decay applies to weights and biases alike. What is not named has PyTorch's default: momentum 0,")
    note("dampening 0, betas (0.9, 0.999), eps 1e-8, weight_decay 0. Dampening does not touch the first step.")
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    runs = {
        "sgd": (sgd, dict(lr=0.1)),
        "sgd_momentum": (sgd, dict(lr=0.05, momentum=0.9)),
        "sgd_nesterov": (sgd, dict(lr=0.05, momentum=0.9, nesterov=True)),
        "sgd_dampening": (sgd, dict(lr=0.05, momentum=0.9, dampening=0.1)),
        "sgd_weight_decay": (sgd, dict(lr=0.1, weight_decay=0.01)),
        "sgd_momentum_weight_decay": (sgd, dict(lr=0.05, momentum=0.9, weight_decay=0.01)),
        "adam": (adam, dict(lr=1e-3)),
        "adam_betas": (adam, dict(lr=1e-2, betas=(0.8, 0.95), eps=1e-6)),
        "adam_weight_decay": (adam, dict(lr=1e-3, weight_decay=0.01)),
        "adamw": (adamw, dict(lr=1e-2, weight_decay=0.1)),
    }
    for name, (kind, settings) in runs.items():
        leaves = [p.clone().requires_grad_() for p in parameters]
        optimizer = kind(leaves, foreach=False, **settings)
        before = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = F.cross_entropy(forward(activations, leaves, inputs), label)
            loss.backward()
            optimizer.step()
            before.append(loss.item())
        text = f"{kind.__name__}({', '.join(f'{key}={value}' for key, value in settings.items())})"
        array(f"{name}_losses", torch.tensor(before), text)
        array(f"{name}_final", torch.cat([p.detach().reshape(-1) for p in leaves]), "the parameters after ten steps")


# --- 6: initialisers -------------------------------------------------------------------------------------------

def initialisers() -> None:
    section("6: initialisers: what PyTorch draws from for a layer of fan_in 784, fan_out 128")
    drawn: list[tuple[float, float]] = []
    uniform, normal = torch.Tensor.uniform_, torch.Tensor.normal_

    def record(self, first, second, generator=None):
        drawn.append((first, second))
        return self.zero_()

    torch.Tensor.uniform_ = torch.Tensor.normal_ = record  # uniform_(from, to), normal_(mean, std)
    try:
        torch.nn.Linear(784, 128)
        weight = torch.empty(128, 784)
        torch.nn.init.kaiming_uniform_(weight, nonlinearity="relu")
        torch.nn.init.kaiming_normal_(weight, nonlinearity="relu")
        torch.nn.init.xavier_uniform_(weight)
        torch.nn.init.xavier_normal_(weight)
    finally:
        torch.Tensor.uniform_, torch.Tensor.normal_ = uniform, normal
    assert len(drawn) == 6 and all(first in (0.0, -second) for first, second in drawn)
    table = [
        ("linear_weight_bound", "nn.Linear's weight, uniform in +-bound: 1 / sqrt(fan_in)"),
        ("linear_bias_bound", "nn.Linear's bias, uniform in +-bound: 1 / sqrt(fan_in)"),
        ("kaiming_uniform_bound", "He, uniform, relu: sqrt(6 / fan_in)"),
        ("kaiming_normal_std", "He, normal, relu: sqrt(2 / fan_in)"),
        ("xavier_uniform_bound", "Glorot, uniform: sqrt(6 / (fan_in + fan_out))"),
        ("xavier_normal_std", "Glorot, normal: sqrt(2 / (fan_in + fan_out))"),
    ]
    for (name, meaning), (_, second) in zip(table, drawn):
        scalar(name, second, meaning)


# --- 7: several inputs and outputs -----------------------------------------------------------------------------

def two_headed() -> None:
    section("7: two inputs and two outputs: cross entropy of the first + 0.5 * mean squared error of the second")
    note("h = relu(trunk(concat(flatten(image), extra))), classes = first(h), values = second(h); ten steps of Adam,")
    note("lr=1e-2. `_final` = trunk's weight [8, 9] and bias, first's [5, 8], second's [2, 8], one after the other.")
    image, extra, label, value = grid((6, 2, 3), -2, 2), grid((6, 3), -2, 2), labels(6, 5), grid((6, 2), -1, 1)
    parameters = [grid(shape, -0.5, 0.5) for shape in [(8, 9), (8,), (5, 8), (5,), (2, 8), (2,)]]
    array("two_image", image, "the first input")
    array("two_extra", extra, "the second input")
    array("two_labels", label, "the first output's targets")
    array("two_values", value, "the second output's targets")
    title = ["trunk_weight", "trunk_bias", "first_weight", "first_bias", "second_weight", "second_bias"]
    for name, start in zip(title, parameters):
        array(f"two_{name}", start, "weight: [out, in]" if start.dim() == 2 else "bias: [out]")
    leaves = [p.clone().requires_grad_() for p in parameters]
    optimizer = torch.optim.Adam(leaves, lr=1e-2, foreach=False)
    parts: list[torch.Tensor] = []
    for step in range(10):
        optimizer.zero_grad()
        h = torch.relu(F.linear(torch.cat([image.flatten(1), extra], 1), leaves[0], leaves[1]))
        first, second = F.linear(h, leaves[2], leaves[3]), F.linear(h, leaves[4], leaves[5])
        of_first, of_second = F.cross_entropy(first, label), F.mse_loss(second, value)
        loss = of_first + 0.5 * of_second
        loss.backward()
        if step == 0:
            array("two_first", first, "the first output before training")
            array("two_second", second, "the second output before training")
            for name, leaf in zip(title, leaves):
                array(f"two_d_{name}", leaf.grad, f"the loss's gradient by {name} before training")
        optimizer.step()
        parts.append(torch.stack([loss, of_first, of_second]).detach())
    array("two_losses", torch.stack(parts), "before each step: the loss, that of the first output, of the second")
    array("two_final", torch.cat([p.detach().reshape(-1) for p in leaves]), "the parameters after ten steps")


# --- 8: images -------------------------------------------------------------------------------------------------

def images() -> torch.Tensor:
    section("8: pools, margins, and reductions over several axes, of samples (height, width, channels)")
    note("`_dx` = the gradient of sum(y * weight), the weight being the first elements of image_w.")
    x, weight = grid((7, 6, 3), -2, 2), grid((400,), -2, 2)
    tied = torch.tensor([[[((5 * i + 3 * j + k * i * j) % 3) * 1.0 for k in range(3)] for j in range(6)]
                         for i in range(7)])
    sequence = grid((9, 2), -2, 2)
    array("image", x, "the input: no two elements are equal")
    array("image_w", weight, "the weight")
    array("tied_image", tied, "an input whose elements are 0, 1, and 2")
    array("sequence", sequence, "an input of one axis and channels")

    def write(name: str, function, meaning: str, of: torch.Tensor) -> None:
        t = of.clone().requires_grad_()
        y = function(t)
        array(f"{name}_y", y, meaning, tuple(y.shape) or (1,))
        array(f"{name}_dx", gradients(y, weight[:y.numel()].reshape(y.shape), t)[0], "its gradient under the weight")

    def pooled(pool, *arguments, **options):
        """A pool of torch's, of a sample whose channels are the last axis."""
        return lambda t: torch.movedim(pool(torch.movedim(t, -1, 0)[None], *arguments, **options)[0], 0, -1)

    maximum, mean = F.max_pool2d, F.avg_pool2d
    write("max_pool_2", pooled(maximum, 2), "max_pool2d(2)", x)
    write("max_pool_3_2_1", pooled(maximum, 3, stride=2, padding=1), "max_pool2d(3, stride=2, padding=1)", x)
    write("max_pool_2x3", pooled(maximum, (2, 3), stride=(1, 2)), "max_pool2d((2, 3), stride=(1, 2))", x)
    write("max_pool_5", pooled(maximum, 5, stride=1, padding=2), "max_pool2d(5, stride=1, padding=2)", x)
    write("max_pool_tied", pooled(maximum, 2), "max_pool2d(2) of tied_image", tied)
    write("max_pool_tied_3_2_1", pooled(maximum, 3, stride=2, padding=1),
          "max_pool2d(3, stride=2, padding=1) of tied_image", tied)
    write("max_pool_sequence", pooled(F.max_pool1d, 3, stride=2), "max_pool1d(3, stride=2) of sequence", sequence)
    write("average_pool_2", pooled(mean, 2), "avg_pool2d(2)", x)
    write("average_pool_3_2_1", pooled(mean, 3, stride=2, padding=1), "avg_pool2d(3, stride=2, padding=1)", x)
    write("average_pool_uncounted", pooled(mean, 3, stride=2, padding=1, count_include_pad=False),
          "avg_pool2d(3, stride=2, padding=1, count_include_pad=False)", x)
    write("average_pool_sequence", pooled(F.avg_pool1d, 4), "avg_pool1d(4) of sequence", sequence)
    write("global_average_pool", lambda t: t.mean((0, 1)), "mean over height and width", x)
    write("reflect", pooled(F.pad, (1, 2, 3, 0), mode="reflect"), "pad, reflect: width 1 and 2, height 3 and 0", x)
    write("edge", pooled(F.pad, (1, 2, 3, 0), mode="replicate"), "pad, replicate: width 1 and 2, height 3 and 0", x)
    write("around", pooled(F.pad, (1, 2, 3, 0), value=1.5), "pad, 1.5: width 1 and 2, height 3 and 0", x)
    write("softmax_0_1", lambda t: torch.softmax(t.reshape(42, 3), 0).reshape(7, 6, 3), "softmax over axes 0 and 1", x)
    write("log_softmax_0_2", lambda t: t - torch.logsumexp(t, (0, 2), keepdim=True), "log_softmax over 0 and 2", x)
    write("logsumexp_0_1", lambda t: torch.logsumexp(t, (0, 1)), "logsumexp over axes 0 and 1", x)
    write("var_0_1", lambda t: torch.var(t, (0, 1)), "var over axes 0 and 1, correction 1", x)
    write("var_2_0", lambda t: torch.var(t, 2, correction=0), "var over axis 2, correction 0", x)
    write("amin_1", lambda t: torch.amin(t, 1), "amin over axis 1", x)

    def write_pool(name: str, pool, of: torch.Tensor, *arguments, **options):
        text = ", ".join([*map(str, arguments), *(f"{key}={value}" for key, value in options.items())])
        write(name, pooled(pool, *arguments, **options), f"{pool.__name__.lstrip('_')}({text})", of)

    write_pool("max_pool_dilated", F.max_pool2d, x, 2, stride=2, dilation=2)
    write_pool("max_pool_dilated_padded", F.max_pool2d, x, 3, stride=2, padding=1, dilation=2)
    write_pool("max_pool_dilated_each", F.max_pool2d, x, 2, stride=1, padding=(1, 0), dilation=(3, 1))
    write_pool("max_pool_dilated_5", F.max_pool2d, x, (5, 1), stride=1, padding=(2, 0), dilation=(2, 1))
    write_pool("max_pool_dilated_tied", F.max_pool2d, tied, 3, stride=1, padding=1, dilation=2)
    write_pool("max_pool_ceil", F.max_pool2d, x, 2, ceil_mode=True)
    write_pool("max_pool_ceil_padded", F.max_pool2d, x, 3, stride=2, padding=1, ceil_mode=True)
    write_pool("max_pool_ceil_gaps", F.max_pool2d, x, 2, stride=3, ceil_mode=True)
    write_pool("max_pool_ceil_dilated", F.max_pool2d, x, 3, stride=2, dilation=2, ceil_mode=True)
    write_pool("max_pool_ceil_sequence", F.max_pool1d, sequence, 4, stride=3, padding=2, ceil_mode=True)
    write_pool("average_pool_ceil", F.avg_pool2d, x, 2, ceil_mode=True)
    write_pool("average_pool_ceil_padded", F.avg_pool2d, x, 3, stride=2, padding=1, ceil_mode=True)
    write_pool("average_pool_ceil_uncounted", F.avg_pool2d, x, 3, stride=2, padding=1, ceil_mode=True,
               count_include_pad=False)
    write_pool("average_pool_ceil_gaps", F.avg_pool2d, x, 4, stride=(3, 5), padding=2, ceil_mode=True)
    write_pool("average_pool_ceil_sequence", F.avg_pool1d, sequence, 4, stride=3, padding=1, ceil_mode=True)
    write_pool("average_pool_5", F.avg_pool2d, x, 5, stride=1, padding=2, count_include_pad=False)
    return weight


# --- 9: convolutions -------------------------------------------------------------------------------------------

def convolutions(weight: torch.Tensor) -> None:
    section("9: convolutions of samples (height, width, channels) or (length, channels)")
    note("Filters are (height, width, channels / groups, filters). `_dx`, `_dw` = the gradients of sum(y * weight), the "
         "weight being the first elements of image_w.")
    x, sequence, filters = grid((7, 6, 4), -2, 2), grid((9, 4), -2, 2), grid((400,), -2, 2)
    array("conv_x", x, "the input")
    array("conv_sequence", sequence, "an input of one axis and channels")
    array("conv_w", filters, "the filters: its first elements")

    def write(name: str, of: torch.Tensor, window: tuple[int, ...], count: int, with_bias: bool = False, **options):
        dims, groups = len(window), options.get("groups", 1)
        call = (F.conv1d, F.conv2d)[dims - 1]
        shape = (*window, of.shape[-1] // groups, count)
        t = of.clone().requires_grad_()
        w = filters[:math.prod(shape)].reshape(shape).clone().requires_grad_()
        bias = filters[-count:].clone().requires_grad_() if with_bias else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of a copy that an even window with padding='same' takes
            y = call(torch.movedim(t, -1, 0)[None], w.permute(dims + 1, dims, *range(dims)), bias, **options)
        y = torch.movedim(y[0], 0, -1)
        told = ", ".join([f"{count} filters of {window}", *(f"{key}={value}" for key, value in options.items())])
        array(f"{name}_y", y, told)
        leaves = [t, w] + ([bias] if with_bias else [])
        found = gradients(y, weight[:y.numel()].reshape(y.shape), *leaves)
        for letter, gradient in zip("xwb", found):
            array(f"{name}_d{letter}", gradient, "its gradient under the weight")

    write("conv_3", x, (3, 3), 5)
    write("conv_bias", x, (2, 2), 3, with_bias=True, padding=1)
    write("conv_same", x, (3, 3), 3, padding="same")
    write("conv_same_even", x, (2, 4), 2, padding="same")
    write("conv_same_dilated", x, (3, 2), 2, padding="same", dilation=2)
    write("conv_strided", x, (3, 3), 3, stride=2, padding=1)
    write("conv_each", x, (3, 2), 4, stride=(1, 2), padding=(0, 2), dilation=(2, 1))
    write("conv_padded", x, (2, 2), 2, padding=3)
    write("conv_pointwise", x, (1, 1), 6)
    write("conv_pointwise_strided", x, (1, 1), 3, stride=(2, 3), padding=1)
    write("conv_groups", x, (3, 3), 6, padding=1, groups=2)
    write("conv_groups_each", x, (2, 3), 4, stride=(2, 1), dilation=(1, 2), padding=1, groups=2)
    write("conv_depthwise", x, (3, 3), 4, padding=1, groups=4)
    write("conv_depthwise_several", x, (3, 2), 8, stride=2, groups=4)
    write("conv_sequence_3", sequence, (3,), 3, padding="same", dilation=2)
    write("conv_sequence_groups", sequence, (2,), 4, stride=2, groups=2)
    write("conv_sequence_depthwise", sequence, (4,), 4, padding=2, groups=4)

    note("A network, its parameters as PyTorch's state_dict has them: conv2d 2 to 4, 3 x 2, padding 1, groups 2; relu; "
         "max_pool2d(2); flatten; linear to 5.")
    sample = grid((6, 5, 2), -2, 2)
    sizes = {"filters": (4, 1, 3, 2), "filter_bias": (4,), "matrix": (5, 36), "bias": (5,)}
    named = {name: grid(shape, -1, 1) for name, shape in sizes.items()}
    array("conv_net_x", sample, "the input: height, width, channels")
    for name, values in named.items():
        array(f"conv_net_{name}", values, f"its {name}")
    maps = F.conv2d(torch.movedim(sample, -1, 0)[None], named["filters"], named["filter_bias"], padding=1, groups=2)
    pooled = F.max_pool2d(torch.relu(maps), 2)
    array("conv_net_y", F.linear(pooled.flatten(1), named["matrix"], named["bias"])[0], "its output")


# --- 10: attention ---------------------------------------------------------------------------------------------

def attention() -> None:
    section("10: attention: torch.nn.MultiheadAttention of 2 heads, causal, with padding behind each sequence's length")
    note("`_dx`, `_d…` = the gradients of sum(y * w). Matrices are (inputs, outputs), the four in the order of query, "
         "key, value, out.")
    width, count, lengths = 8, 6, [6, 4, 1]
    x, w = grid((len(lengths), count, width), -2, 2), grid((len(lengths), count, width), -2, 2)
    matrices, biases = grid((4, width, width), -1, 1), grid((4, width), -1, 1)
    array("attention_x", x, "the input: samples, length, width")
    array("attention_w", w, "the weight of the gradients")
    array("attention_lengths", torch.tensor(lengths), "what of each sequence is no padding")
    array("attention_matrices", matrices, "the matrices")
    array("attention_biases", biases, "the biases")
    for leaf in (x, matrices, biases):
        leaf.requires_grad_()
    padding = torch.arange(count)[None] >= torch.tensor(lengths)[:, None]
    causal = torch.ones(count, count, dtype=torch.bool).triu(1)
    y = F.multi_head_attention_forward(
        *[x.transpose(0, 1)] * 3, width, 2, matrices[:3].transpose(1, 2).reshape(3 * width, width),
        biases[:3].reshape(-1), None, None, False, 0.0, matrices[3].T, biases[3], key_padding_mask=padding,
        need_weights=False, attn_mask=causal)[0].transpose(0, 1)
    array("attention_y", y, "the output")
    for name, gradient in zip(("dx", "dmatrices", "dbiases"), gradients(y, w, x, matrices, biases)):
        array(f"attention_{name}", gradient, "its gradient under w")


def main() -> None:
    version = torch.__version__.split("+")[0]
    if version != EXPECTED_VERSION:
        raise SystemExit(f"torch is {version}, the committed values are of {EXPECTED_VERSION}")
    lines.extend([
        "// SPDX-License-Identifier: BSL-1.0",
        f"// Reference values, computed by PyTorch {version} in double precision. Written by generate.py; do not edit.",
        "// Arrays are row-major; the bracket before each meaning is its shape.",
        "#pragma once",
        "",
        "// clang-format off",
        "namespace golden {",
    ])
    elementwise()
    axes()
    losses()
    relu_net = (torch.relu, identity)
    mlp = network("mlp", "7-8-5: linear, relu, linear", (7, 8, 5), relu_net)
    network("deep", "6-9-4-3: linear, tanh, linear, sigmoid, linear", (6, 9, 4, 3),
            (torch.tanh, torch.sigmoid, identity))
    optimizers(relu_net, *mlp)
    initialisers()
    two_headed()
    convolutions(images())
    attention()
    lines.extend(["", "} // namespace golden", "// clang-format on"])
    OUTPUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
