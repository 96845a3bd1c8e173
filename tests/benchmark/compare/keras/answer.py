# SPDX-License-Identifier: BSL-1.0
import sys

import keras
import numpy as np

net = keras.models.load_model(f"{sys.argv[1]}/net.keras", compile=False)
print(*net.predict_on_batch(np.fromfile(sys.argv[2], np.uint8)[None] / np.float32(255))[0])
