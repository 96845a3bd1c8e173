# SPDX-License-Identifier: BSL-1.0
"""Steps of the networks of images.hpp by PyTorch and JAX, for peers.py: train-lenet5-adam-m64, train-conv32-conv64-adam-m64 and
train-conv32-conv64-same-adam-m64.

FOLDER holds what peers.py says, and the parameters to start from, p0.f32 …, in PyTorch's orders. Minibatches lie ready as
floats in the peer's order of axes: PyTorch's own one, or channels_last for torch-last and torch-compile.
"""
import numpy as np

from row_peers import compiled_by, jax_in_turn, torch_on_one_core


def extents(row):
    if "lenet5" in row:
        return [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (10, 84), (10,)]
    return [(32, 1, 3, 3), (32,), (64, 32, 3, 3), (64,), (10, 3136 if "same" in row else 1600), (10,)]


def parameters(row, folder):
    return [np.fromfile(f"{folder}/p{i}.f32", np.float32).reshape(shape) for i, shape in enumerate(extents(row))]


def padding(row):
    return (2, 0) if "lenet5" in row else (1, 1) if "same" in row else (0, 0)


def torch_peer(base, task, row, folder, who):
    torch = torch_on_one_core()
    nn, last, compiled = torch.nn, who != "torch", who == "torch-compile"

    class Images(base):
        def __init__(self):
            super().__init__(task)
            layers = []
            start = parameters(row, folder)
            for weight in start[::2]:
                if weight.ndim == 4:
                    layers += [nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2],
                                         padding=padding(row)[len(layers) // 3]), nn.ReLU(), nn.MaxPool2d(2)]
                else:
                    if not any(isinstance(layer, nn.Flatten) for layer in layers):
                        layers.append(nn.Flatten())
                    layers += [nn.Linear(weight.shape[1], weight.shape[0]), nn.ReLU()]
            self.net = nn.Sequential(*layers[:-1])
            with torch.no_grad():
                for to, values in zip(self.net.parameters(), start):
                    to.copy_(torch.from_numpy(values))
            order = torch.channels_last if last else torch.contiguous_format
            self.net = self.net.to(memory_format=order)
            self.batches = [(torch.from_numpy(x.reshape(-1, 1, 28, 28).copy()).contiguous(memory_format=order),
                             torch.from_numpy(y.astype(np.int64))) for x, y in task.minibatches()]
            self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3, fused=True)

            def loss_of(x, y):
                return nn.functional.cross_entropy(self.net(x), y)

            if compiled:
                loss_of, = compiled_by(torch, loss_of)
            self.loss_of = loss_of
            self.version = (f"torch {torch.__version__}, {'channels_last' if last else 'contiguous'}"
                            f"{', forward and backward compiled' if compiled else ''}, fused Adam")

        def step(self, k):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_of(*self.batches[k])
            loss.backward()
            self.optimizer.step()
            return loss.item()

    return Images()


def jax_peer(base, task, row, folder):
    jax, jnp = jax_in_turn()

    class Images(base):
        def __init__(self):
            super().__init__(task)
            self.version = f"jax {jax.__version__}, whole step in one jit, synchronous dispatch"
            margins = padding(row)

            def outputs(p, x):
                for k, margin in enumerate(margins):
                    x = jax.lax.conv_general_dilated(x, p[2 * k], (1, 1), [(margin, margin)] * 2,
                                                     dimension_numbers=("NHWC", "OIHW", "NHWC")) + p[2 * k + 1]
                    x = jax.lax.reduce_window(jax.nn.relu(x), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1),
                                              "VALID")
                x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)
                for k in range(4, len(p), 2):
                    x = x @ p[k].T + p[k + 1]
                    x = jax.nn.relu(x) if k + 2 < len(p) else x
                return x

            def loss_of(p, x, y):
                return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs(p, x)), y[:, None], 1))

            def step(state, x, y):
                p, m, v, t = state
                loss, g = jax.value_and_grad(loss_of)(p, x, y)
                t = t + 1
                m = [0.9 * a + 0.1 * d for a, d in zip(m, g)]
                v = [0.999 * a + 0.001 * d * d for a, d in zip(v, g)]
                c1, c2 = 1 - 0.9 ** t, 1 - 0.999 ** t
                p = [w - 1e-3 / c1 * a / (jnp.sqrt(b / c2) + 1e-8) for w, a, b in zip(p, m, v)]
                return (p, m, v, t), loss

            p = [jnp.asarray(w) for w in parameters(row, folder)]
            self.state = (p, [jnp.zeros_like(w) for w in p], [jnp.zeros_like(w) for w in p], jnp.float32(0))
            self.jitted = jax.jit(step, donate_argnums=0)
            self.batches = [(jnp.asarray(x.reshape(-1, 28, 28, 1)), jnp.asarray(y)) for x, y in task.minibatches()]

        def step(self, k):
            self.state, loss = self.jitted(self.state, *self.batches[k])
            return loss.block_until_ready()

    return Images()


def made(base, task, row, folder, who):
    return jax_peer(base, task, row, folder) if who == "jax" else torch_peer(base, task, row, folder, who)
