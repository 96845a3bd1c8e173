# SPDX-License-Identifier: BSL-1.0
"""What rows by peers in Python share, for the modules of peers.py: a library on one core, and the seconds of a call."""
import time


class Row:
    """run() is one finished call."""

    def measure(self, repetitions):
        seconds = []
        for _ in range(repetitions):
            start = time.perf_counter()
            self.run()
            seconds.append(time.perf_counter() - start)
        return seconds


def torch_on_one_core():
    import torch
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    return torch


def compiled_by(torch, *functions):
    torch._inductor.config.cpp.threads = 1
    return [torch.compile(f, fullgraph=True) for f in functions]


def jax_in_turn():
    """jax and jax.numpy; a call returns when it is done."""
    import jax
    import jax.numpy
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax, jax.numpy
