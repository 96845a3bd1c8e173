# SPDX-License-Identifier: BSL-1.0
import sys

import keras
import numpy as np

data, out, epochs = sys.argv[1:]


def read(name):
    x = np.fromfile(f"{data}/{name}-images.u8", np.uint8).reshape(-1, 784)
    return x / np.float32(255), np.fromfile(f"{data}/{name}-labels.u8", np.uint8)


net = keras.Sequential([keras.Input((784,)), keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"], jit_compile=True)
net.fit(*read("train"), batch_size=32, epochs=int(epochs), verbose=0)
net.save(f"{out}/net.keras")
print(net.evaluate(*read("test"), verbose=0)[1])
