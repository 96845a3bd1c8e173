# SPDX-License-Identifier: BSL-1.0
"""Rows of the suite `conv` by PyTorch and JAX, for peers.py: conv-SHAPE-mN-DIRECTION-NUMBERS, the numbers of task.hpp's
convolution_case, and conv-scores-…, conv-values-….

FOLDER holds x.f32, w.f32, d.f32 in the task's orders, samples (height, width, channels), filters (height, width, channels
/ groups, filters), and at.u64, the elements of the result that a check asks for. Arrays are brought into a peer's order
before: PyTorch's own one, or for torch-last and torch-compile its channels_last.
"""
import numpy as np

import row_peers
from row_peers import compiled_by, jax_in_turn, torch_on_one_core


class TaskRow(row_peers.Row):
    """version; run(): one finished call; result(): what it gave, in the order of the task."""

    def __init__(self, row, folder):
        parts = row.split("-")
        self.x, self.w, self.d = (np.fromfile(f"{folder}/{name}.f32", np.float32) for name in "xwd")
        self.at = np.fromfile(f"{folder}/at.u64", np.uint64).astype(np.int64)
        self.heads = parts[1] if parts[1] in ("scores", "values") else None
        if self.heads:
            self.x = self.x.reshape(-1, 8, 64, 32 if self.heads == "scores" else 64)
            self.w = self.w.reshape(-1, 8, 64, 32)
            return
        self.to = parts[-10]
        axes, extent, self.kernel, self.stride, self.padding, self.dilation, self.groups, channels, filters = \
            map(int, parts[-9:])
        self.axes = axes
        self.x = self.x.reshape(-1, *[extent] * axes, channels)
        self.w = self.w.reshape(*[self.kernel] * axes, channels // self.groups, filters)
        out = (extent + 2 * self.padding - (self.kernel - 1) * self.dilation - 1) // self.stride + 1
        self.d = self.d.reshape(-1, *[out] * axes, filters)

    def check(self):
        return np.ascontiguousarray(self.result()).ravel()[self.at].tolist()


class TorchRow(TaskRow):
    def __init__(self, row, folder, who):
        super().__init__(row, folder)
        torch = torch_on_one_core()
        last, compiled = who != "torch", who == "torch-compile"
        order = "compiled" if compiled else "channels_last" if last else "contiguous"
        self.version = f"torch {torch.__version__}, {order}"
        x, w = torch.from_numpy(self.x), torch.from_numpy(self.w)
        if self.heads:
            if who == "torch-last":
                raise ImportError("products have no order of channels")
            scores = self.heads == "scores"
            arguments = [x, w]

            def f(a, b):
                return a @ (b.transpose(-1, -2) if scores else b)
        else:
            lines = self.axes == 1

            def inner(t):  # samples as PyTorch has them; a sequence has no channels_last
                t = t.movedim(-1, 1).contiguous()
                return t.contiguous(memory_format=torch.channels_last) if last and not lines else t

            w = w.permute(self.axes + 1, self.axes, *range(self.axes)).contiguous()
            if last and not lines:
                w = w.contiguous(memory_format=torch.channels_last)
            arguments, to = [inner(x), w, inner(torch.from_numpy(self.d))], self.to
            numbers = [[n] * self.axes for n in (self.stride, self.padding, self.dilation)]
            wanted = [to == "data", to == "filter", False]
            groups, call = self.groups, torch.nn.functional.conv1d if lines else torch.nn.functional.conv2d
            zeros = [0] * self.axes

            def f(x, w, d):
                if to == "forward":
                    return call(x, w, None, *numbers, groups)
                found = torch.ops.aten.convolution_backward(d, x, w, None, *numbers, False, zeros, groups, wanted)
                return found[0 if to == "data" else 1]
        if compiled:
            f, = compiled_by(torch, f)

        def run():
            with torch.inference_mode():
                return f(*arguments)

        self.run = run

    def result(self):
        y = self.run()
        if self.heads:
            return y.numpy()
        if self.to == "filter":
            return y.permute(*range(2, self.axes + 2), 1, 0).contiguous().numpy()
        return y.movedim(1, -1).contiguous().numpy()


class JaxRow(TaskRow):
    def __init__(self, row, folder):
        super().__init__(row, folder)
        jax, jnp = jax_in_turn()
        self.version = f"jax {jax.__version__}, jit, synchronous dispatch"
        if self.heads:
            f, arguments = (lambda a, b: a @ (b.swapaxes(-1, -2) if self.heads == "scores" else b)), [self.x, self.w]
        else:
            orders = ("NHWC", "HWIO", "NHWC") if self.axes == 2 else ("NWC", "WIO", "NWC")

            def convolve(x, w):
                return jax.lax.conv_general_dilated(
                    x, w, [self.stride] * self.axes, [(self.padding,) * 2] * self.axes,
                    rhs_dilation=[self.dilation] * self.axes, dimension_numbers=orders,
                    feature_group_count=self.groups)

            f = {"forward": lambda x, w, d: convolve(x, w),
                 "data": lambda x, w, d: jax.vjp(lambda v: convolve(v, w), x)[1](d)[0],
                 "filter": lambda x, w, d: jax.vjp(lambda v: convolve(x, v), w)[1](d)[0]}[self.to]
            arguments = [self.x, self.w, self.d]
        f = jax.jit(f)
        arguments = [jnp.asarray(a) for a in arguments]
        self.run = lambda: jax.block_until_ready(f(*arguments))

    def result(self):
        return np.asarray(self.run())


def made(who, row, folder):
    return JaxRow(row, folder) if who == "jax" else TorchRow(row, folder, who)
