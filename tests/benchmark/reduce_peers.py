# SPDX-License-Identifier: BSL-1.0
"""Rows of the suite `reduce` by PyTorch and JAX, for peers.py: reduce-NAME-EXTENTS, task.hpp has the names.

FOLDER holds x.f32, and d.f32 for what flows back through a pool. Results are made anew by each call, as users get them.
PyTorch's pools see (height, width, channels) as its channels_last, which is what it calls fastest.
"""
import numpy as np

import row_peers
from row_peers import compiled_by, jax_in_turn, torch_on_one_core


class TaskRow(row_peers.Row):
    """version; run(): one finished call; results(): what it gave, as arrays in the order of task.hpp."""

    def __init__(self, row, folder):
        _, self.name, extents = row.split("-")
        self.extents = tuple(map(int, extents.split("x")))
        self.x = np.fromfile(f"{folder}/x.f32", np.float32).reshape(self.extents)
        self.d = np.fromfile(f"{folder}/d.f32", np.float32)
        self.pool = "pool" in self.name
        if self.name == "maxpool2slope":
            height, width, channels = self.extents
            self.d = self.d.reshape(height // 2, width // 2, channels)
        if not self.pool:
            self.axes = {"channels": (0, 1, 2), "channels_each": (1, 2)}.get(self.name)
            self.axes = self.axes or int(self.name[-1])
            self.kind = "moments" if "channels" in self.name else self.name[:-1]

    def check(self):
        return np.concatenate([np.asarray(y).ravel() for y in self.results()]).tolist()


class TorchRow(TaskRow):
    def __init__(self, row, folder, compiled):
        super().__init__(row, folder)
        torch = torch_on_one_core()
        self.version = f"torch {torch.__version__}" + (", compiled" if compiled else "")
        axes, pool = self.axes if not self.pool else None, torch.nn.functional
        x = torch.from_numpy(self.x)
        if self.pool:
            x = x.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
        self.arguments = [x]
        if self.pool and self.name != "maxpool2slope":
            f = {"maxpool2": lambda x: pool.max_pool2d(x, 2), "maxpool3": lambda x: pool.max_pool2d(x, 3, 2),
                 "meanpool2": lambda x: pool.avg_pool2d(x, 2)}[self.name]
        elif self.pool:
            d = torch.from_numpy(self.d).permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
            self.arguments.append(d)
            if compiled:  # forward included, as in a call of sinter's function
                def f(x, d):
                    return torch.func.vjp(lambda v: pool.max_pool2d(v, 2), x)[1](d)[0]
            else:
                def f(x, d):
                    indices = pool.max_pool2d_with_indices(x, 2)[1]
                    return torch.ops.aten.max_pool2d_with_indices_backward(
                        d, x, [2, 2], [2, 2], [0, 0], [1, 1], False, indices)
        else:
            f = {"sum": lambda x: x.sum(axes), "max": lambda x: x.amax(axes), "softmax": lambda x: x.softmax(axes),
                 "moments": lambda x: torch.var_mean(x, axes, correction=0)}[self.kind]
        if compiled:
            f, = compiled_by(torch, f)

        def run():
            with torch.inference_mode():
                return f(*self.arguments)

        self.run = run

    def results(self):
        y = self.run()
        if isinstance(y, tuple):
            return [y[1], y[0]]  # variance comes first
        return [y[0].permute(1, 2, 0) if self.pool else y]


class JaxRow(TaskRow):
    def __init__(self, row, folder):
        super().__init__(row, folder)
        jax, jnp = jax_in_turn()
        self.version = f"jax {jax.__version__}, jit, synchronous dispatch"
        axes = self.axes if not self.pool else None

        def pooled(x, of, start, window):
            return jax.lax.reduce_window(x, start, of, (window, window, 1), (2, 2, 1), "VALID")

        def largest(x, window):
            return pooled(x, jax.lax.max, -jnp.inf, window)

        f = {"maxpool2": lambda x: largest(x, 2), "maxpool3": lambda x: largest(x, 3),
             "meanpool2": lambda x: pooled(x, jax.lax.add, 0.0, 2) / 4,
             "maxpool2slope": lambda x, d: jax.vjp(lambda v: largest(v, 2), x)[1](d)[0],
             "sum": lambda x: x.sum(axes), "max": lambda x: x.max(axes), "softmax": lambda x: jax.nn.softmax(x, axes),
             "moments": lambda x: (x.mean(axes), x.var(axes))}[self.name if self.pool else self.kind]
        f = jax.jit(f)
        arguments = [jnp.asarray(self.x)] + ([jnp.asarray(self.d)] if self.d.size else [])
        self.run = lambda: jax.block_until_ready(f(*arguments))

    def results(self):
        y = self.run()
        return y if isinstance(y, tuple) else [y]


def made(who, row, folder):
    return JaxRow(row, folder) if who == "jax" else TorchRow(row, folder, who == "torch-compile")
