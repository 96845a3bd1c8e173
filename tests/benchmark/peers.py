# SPDX-License-Identifier: BSL-1.0
"""A peer in Python that takes turns with sinter: processes.hpp says how it is asked.

Usage: peers.py WHO ROW FOLDER      WHO is torch, torch-last, torch-compile, jax, tensorflow, keras or onnxruntime

FOLDER holds the task: bytes, labels and the weights to start from. Every peer runs one thread and the way its manual
calls fastest. Minibatches lie ready in single precision: what slicing would cost is not counted. `peers.py WHO startup
FOLDER` is a process that imports, builds, gives its first answer for one sample, and ends.
"""
import os
import re
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow", TF_NUM_INTRAOP_THREADS="1",
                  TF_NUM_INTEROP_THREADS="1", JAX_PLATFORMS="cpu",
                  XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np  # noqa: E402: after the number of threads

if os.environ.get("SINTER_PROCESSOR_TIME"):
    time.perf_counter = time.process_time  # what every `measure` reads

import attention_peers  # noqa: E402
import conv_peers  # noqa: E402
import image_peers  # noqa: E402
import reduce_peers  # noqa: E402

RATE = {"adam": 1e-3, "sgd": 1e-2}


class Absent(Exception):
    pass


class Task:
    def __init__(self, row, folder):
        def read(name, dtype, *shape):
            return np.fromfile(f"{folder}/{name}", dtype).reshape(shape)

        self.kind = row.split("-")[0]  # train, infer, startup or epoch
        size = re.search(r"-m(\d+)", row)
        self.rule = "sgd" if "-sgd" in row else "adam"
        self.minibatch = int(size[1]) if size else 1
        self.labels = read("labels.u8", np.uint8, -1).astype(np.int32)
        pixels = read("bytes.u8", np.uint8, -1, 784)
        self.x = pixels[:max(self.minibatch, 64)] if self.kind in ("infer", "startup") else pixels
        self.x = self.x.astype(np.float32) * np.float32(1 / 255)
        self.weights = [read("weight1.f32", np.float32, 784, 128), read("bias1.f32", np.float32, 128),
                        read("weight2.f32", np.float32, 128, 10), read("bias2.f32", np.float32, 10)]

    def minibatches(self):
        """Consecutive ones, as many as the samples fill."""
        m = self.minibatch
        return [(self.x[i:i + m], self.labels[i:i + m]) for i in range(0, len(self.x) - m + 1, m)]


class Peer:
    """version; step(k): one finished step on minibatch k, its loss; infer(): outputs of the first samples."""

    def __init__(self, task):
        self.task, self.at = task, 0
        self.count = len(task.minibatches())

    def next_step(self):
        loss = self.step(self.at % self.count)
        self.at += 1
        return loss

    def check(self):
        if self.task.kind == "infer":
            return np.asarray(self.infer()).ravel().tolist()
        if self.task.kind == "epoch":
            return [sum(float(self.next_step()) for _ in range(200)) / 200]
        return [float(self.next_step()) for _ in range(3 if self.task.minibatch > 128 else 20)]

    def measure(self, repetitions):
        run = self.infer if self.task.kind == "infer" else self.next_step
        if self.task.kind == "epoch":
            def run():
                for k in range(self.count):
                    self.step(k)
            repetitions = 1
        seconds = []
        for _ in range(repetitions):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        return seconds


class Torch(Peer):
    def __init__(self, task):
        super().__init__(task)
        import torch
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        self.blas = "MKL" if torch.backends.mkl.is_available() else "no MKL"
        self.torch, self.version = torch, f"torch {torch.__version__}, {self.blas}, fused Adam"
        self.net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
        with torch.no_grad():
            for layer, k in ((self.net[0], 0), (self.net[2], 2)):
                layer.weight.copy_(torch.from_numpy(task.weights[k].T.copy()))
                layer.bias.copy_(torch.from_numpy(task.weights[k + 1]))
        self.batches = [(torch.from_numpy(x.copy()), torch.from_numpy(y.astype(np.int64)))
                        for x, y in task.minibatches()]
        optimizer = torch.optim.Adam if task.rule == "adam" else torch.optim.SGD
        self.optimizer = optimizer(self.net.parameters(), lr=RATE[task.rule], fused=True)

    def step(self, k):
        x, y = self.batches[k]
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.torch.nn.functional.cross_entropy(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def infer(self):
        with self.torch.inference_mode():
            return self.net(self.batches[0][0]).numpy()


class TorchCompile(Torch):
    """The whole step in one graph: gradient by torch.func, the rule written out, parameters updated in place."""

    def __init__(self, task):
        super().__init__(task)
        torch, rule, rate = self.torch, task.rule, RATE[task.rule]
        torch._inductor.config.cpp.threads = 1
        self.version = f"torch {torch.__version__}, {self.blas}, whole step compiled as one graph"
        parameters = [torch.from_numpy(w.copy()) for w in task.weights]
        moments, squares = [[torch.zeros_like(w) for w in parameters] for _ in range(2)]
        now = torch.zeros(())

        def outputs(p, x):
            return torch.relu(x @ p[0] + p[1]) @ p[2] + p[3]

        def loss_of(p, x, y):
            return torch.nn.functional.cross_entropy(outputs(p, x), y)

        def step(p, m, v, t, x, y):
            gradients, loss = torch.func.grad_and_value(loss_of)(p, x, y)
            t += 1
            for i in range(4):
                if rule == "sgd":
                    p[i] -= rate * gradients[i]
                    continue
                m[i].lerp_(gradients[i], 0.1)
                v[i].mul_(0.999).addcmul_(gradients[i], gradients[i], value=0.001)
                p[i] -= rate / (1 - 0.9 ** t) * m[i] / ((v[i] / (1 - 0.999 ** t)).sqrt() + 1e-8)
            return loss

        compiled_step = torch.compile(step, fullgraph=True)
        compiled_outputs = torch.compile(outputs, fullgraph=True)
        self.step = lambda k: compiled_step(parameters, moments, squares, now, *self.batches[k]).item()

        def infer():
            with torch.no_grad():
                return compiled_outputs(parameters, self.batches[0][0]).numpy()

        self.infer = infer


class Jax(Peer):
    def __init__(self, task):
        super().__init__(task)
        import jax
        import jax.numpy as jnp
        jax.config.update("jax_cpu_enable_async_dispatch", False)  # the faster one for small calls
        self.version = f"jax {jax.__version__}, XLA's own products, whole step in one jit, synchronous dispatch"
        rule, rate = task.rule, RATE[task.rule]

        def outputs(p, x):
            return jax.nn.relu(x @ p[0] + p[1]) @ p[2] + p[3]

        def loss_of(p, x, y):
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs(p, x)), y[:, None], 1))

        def step(state, x, y):
            p, m, v, t = state
            loss, g = jax.value_and_grad(loss_of)(p, x, y)
            if rule == "sgd":
                return ([w - rate * d for w, d in zip(p, g)], m, v, t), loss
            t = t + 1
            m = [0.9 * a + 0.1 * d for a, d in zip(m, g)]
            v = [0.999 * a + 0.001 * d * d for a, d in zip(v, g)]
            c1, c2 = 1 - 0.9 ** t, 1 - 0.999 ** t
            p = [w - rate / c1 * a / (jnp.sqrt(b / c2) + 1e-8) for w, a, b in zip(p, m, v)]
            return (p, m, v, t), loss

        p = [jnp.asarray(w) for w in task.weights]
        self.state = (p, [jnp.zeros_like(w) for w in p], [jnp.zeros_like(w) for w in p], jnp.float32(0))
        self.jitted = jax.jit(step, donate_argnums=0)
        self.batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in task.minibatches()]
        forward = jax.jit(outputs)
        self.infer = lambda: forward(p, self.batches[0][0]).block_until_ready()

    def step(self, k):
        self.state, loss = self.jitted(self.state, *self.batches[k])
        return loss.block_until_ready()


def tensorflow_of_one_thread():
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


class TensorFlow(Peer):
    def __init__(self, task):
        super().__init__(task)
        tf = tensorflow_of_one_thread()
        self.version = f"tensorflow {tf.__version__}, XLA's own products, jit_compile=True"
        rule, rate = task.rule, RATE[task.rule]
        p = [tf.Variable(w) for w in task.weights]
        m, v = [[tf.Variable(tf.zeros_like(w)) for w in p] for _ in range(2)]
        now = tf.Variable(0.0)

        def outputs(x):
            return tf.nn.relu(x @ p[0] + p[1]) @ p[2] + p[3]

        @tf.function(jit_compile=True, autograph=False)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs(x)))
            gradients = tape.gradient(loss, p)
            now.assign_add(1.0)
            c1, c2 = 1 - 0.9 ** now, 1 - 0.999 ** now
            for w, a, b, d in zip(p, m, v, gradients):
                if rule == "sgd":
                    w.assign_sub(rate * d)
                    continue
                a.assign(0.9 * a + 0.1 * d)
                b.assign(0.999 * b + 0.001 * d * d)
                w.assign_sub(rate / c1 * a / (tf.sqrt(b / c2) + 1e-8))
            return loss

        forward = tf.function(outputs, jit_compile=True, autograph=False)
        batches = [(tf.constant(x), tf.constant(y)) for x, y in task.minibatches()]
        self.step = lambda k: step(*batches[k]).numpy()
        self.infer = lambda: forward(batches[0][0]).numpy()


class Keras(Peer):
    def __init__(self, task):
        super().__init__(task)
        import keras
        tf = tensorflow_of_one_thread()
        self.version = f"keras {keras.__version__} on tensorflow {tf.__version__}, XLA's own products, fit with jit_compile=True"
        layers = keras.layers
        self.net = keras.Sequential([keras.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10)])
        self.net.set_weights(task.weights)
        rule = keras.optimizers.SGD(RATE["sgd"])
        if task.rule == "adam":
            rule = keras.optimizers.Adam(RATE["adam"], epsilon=1e-8)
        self.net.compile(rule, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=True)

    def check(self):
        if self.task.kind == "infer":
            return super().check()
        if self.task.kind == "epoch":
            return self.net.fit(self.task.x[:6400], self.task.labels[:6400], batch_size=32, shuffle=False,
                                verbose=0).history["loss"]
        steps = 3 if self.task.minibatch > 128 else 20
        return [self.net.fit(x, y, batch_size=len(x), verbose=0).history["loss"][0]
                for x, y in self.task.minibatches()[:steps]]

    def measure(self, repetitions):
        if self.task.kind == "infer":
            return super().measure(repetitions)
        x, labels, m = self.task.x, self.task.labels, self.task.minibatch
        if self.task.kind == "train":  # steps enough that what a call of fit costs does not count
            wanted = min(400 * m, 51200)
            x, labels = np.resize(x, (wanted, 784)), np.resize(labels, wanted)
        start = time.perf_counter()
        self.net.fit(x, labels, batch_size=m, shuffle=False, verbose=0)
        seconds = time.perf_counter() - start
        return [seconds if self.task.kind == "epoch" else seconds / (len(x) // m)]

    def infer(self):
        return self.net.predict_on_batch(self.task.x[:self.task.minibatch])


class OnnxRuntime(Peer):
    def __init__(self, task):
        if task.kind not in ("infer", "startup"):
            raise Absent("it infers only")
        super().__init__(task)
        import onnxruntime
        session = onnxruntime.SessionOptions()
        session.intra_op_num_threads = session.inter_op_num_threads = 1
        session.add_session_config_entry("session.set_denormal_as_zero", "1")
        self.session = onnxruntime.InferenceSession(self.model(), session, providers=["CPUExecutionProvider"])
        self.version = f"onnxruntime {onnxruntime.__version__}, MLAS"
        self.x = np.ascontiguousarray(task.x[:task.minibatch])

    def model(self):
        from onnx import TensorProto, helper, numpy_helper
        names = ["weight1", "bias1", "weight2", "bias2"]
        nodes = [helper.make_node("Gemm", ["x", "weight1", "bias1"], ["a"]), helper.make_node("Relu", ["a"], ["h"]),
                 helper.make_node("Gemm", ["h", "weight2", "bias2"], ["y"])]
        graph = helper.make_graph(
            nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [self.task.minibatch, 784])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [self.task.minibatch, 10])],
            [numpy_helper.from_array(w, n) for w, n in zip(self.task.weights, names)])
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        made.ir_version = 8
        return made.SerializeToString()

    def infer(self):
        return self.session.run(None, {"x": self.x})[0]


peers = {"torch": Torch, "torch-compile": TorchCompile, "jax": Jax, "tensorflow": TensorFlow, "keras": Keras,
         "onnxruntime": OnnxRuntime}


def main():
    who, row, folder = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries print

    def answer(text):
        print(text, file=answers, flush=True)

    try:
        rows = {"reduce": reduce_peers, "conv": conv_peers, "attention": attention_peers}.get(row.split("-")[0])
        if rows:
            peer = rows.made(who, row, folder)
        elif row.startswith(("train-lenet5", "train-conv")):
            peer = image_peers.made(Peer, Task(row, folder), row, folder, who)
        else:
            peer = peers[who](Task(row, folder))
    except (Absent, ImportError) as reason:
        return answer(f"absent {reason}")
    if row == "startup":
        return answer(" ".join(map(str, np.asarray(peer.infer()).ravel())))
    answer(f"ready {peer.version}")
    for line in sys.stdin:
        question = line.split()
        numbers = peer.check() if question[0] == "check" else peer.measure(int(question[1]))
        answer(" ".join(repr(float(n)) for n in numbers))


if __name__ == "__main__":
    main()
