# SPDX-License-Identifier: BSL-1.0
import sys

import jax
import jax.numpy as jnp
import numpy as np

data, out, epochs = sys.argv[1:]
jax.config.update("jax_cpu_enable_async_dispatch", False)


def read(name):
    x = np.fromfile(f"{data}/{name}-images.u8", np.uint8).reshape(-1, 784)
    return x / np.float32(255), np.fromfile(f"{data}/{name}-labels.u8", np.uint8).astype(np.int32)


def outputs(p, x):
    return jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def loss_of(p, x, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs(p, x)), y[:, None], 1))


def step(state, x, y):
    p, m, v, t = state
    g = jax.grad(loss_of)(p, x, y)
    t = t + 1
    m = jax.tree.map(lambda a, d: 0.9 * a + 0.1 * d, m, g)
    v = jax.tree.map(lambda a, d: 0.999 * a + 0.001 * d * d, v, g)
    c1, c2 = 1 - 0.9 ** t, 1 - 0.999 ** t
    p = jax.tree.map(lambda w, a, b: w - 1e-3 / c1 * a / (jnp.sqrt(b / c2) + 1e-8), p, m, v)
    return p, m, v, t


(x, y), (test_x, test_y) = read("train"), read("test")
random = np.random.default_rng(1)
p = {"w1": random.normal(0, (2 / 784) ** 0.5, (784, 128)), "b1": np.zeros(128),
     "w2": random.normal(0, (2 / 128) ** 0.5, (128, 10)), "b2": np.zeros(10)}
p = jax.tree.map(jnp.float32, p)
state = (p, jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p), jnp.float32(0))
jitted = jax.jit(step, donate_argnums=0)
for _ in range(int(epochs)):
    order = random.permutation(len(x))
    for k in range(0, len(x), 32):
        state = jitted(state, x[order[k:k + 32]], y[order[k:k + 32]])
np.savez(f"{out}/net.npz", **state[0])
print(float(jnp.mean(jnp.argmax(outputs(state[0], test_x), 1) == test_y)))
