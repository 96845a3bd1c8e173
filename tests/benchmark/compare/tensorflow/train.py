# SPDX-License-Identifier: BSL-1.0
import sys

import numpy as np
import tensorflow as tf

data, out, epochs = sys.argv[1:]
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def read(name):
    x = np.fromfile(f"{data}/{name}-images.u8", np.uint8).reshape(-1, 784)
    return x / np.float32(255), np.fromfile(f"{data}/{name}-labels.u8", np.uint8).astype(np.int32)


class Net(tf.Module):
    def __init__(self):
        self.w1 = tf.Variable(tf.random.normal((784, 128), stddev=(2 / 784) ** 0.5))
        self.b1 = tf.Variable(tf.zeros(128))
        self.w2 = tf.Variable(tf.random.normal((128, 10), stddev=(2 / 128) ** 0.5))
        self.b2 = tf.Variable(tf.zeros(10))

    @tf.function(input_signature=[tf.TensorSpec((None, 784))])
    def outputs(self, x):
        return tf.nn.relu(x @ self.w1 + self.b1) @ self.w2 + self.b2


(x, y), (test_x, test_y) = read("train"), read("test")
net = Net()
p = net.trainable_variables
m, v = [[tf.Variable(tf.zeros_like(w)) for w in p] for _ in range(2)]
now = tf.Variable(0.0)


@tf.function(jit_compile=True)
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, net.outputs(x)))
    now.assign_add(1.0)
    c1, c2 = 1 - 0.9 ** now, 1 - 0.999 ** now
    for w, a, b, d in zip(p, m, v, tape.gradient(loss, p)):
        a.assign(0.9 * a + 0.1 * d)
        b.assign(0.999 * b + 0.001 * d * d)
        w.assign_sub(1e-3 / c1 * a / (tf.sqrt(b / c2) + 1e-8))


samples = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(32)
for _ in range(int(epochs)):
    for some_x, some_y in samples:
        step(some_x, some_y)
tf.saved_model.save(net, f"{out}/net")
print(float(np.mean(np.argmax(net.outputs(test_x), 1) == test_y)))
