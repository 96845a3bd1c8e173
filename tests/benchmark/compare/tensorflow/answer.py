# SPDX-License-Identifier: BSL-1.0
import sys

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
net = tf.saved_model.load(f"{sys.argv[1]}/net")
print(*net.outputs(np.fromfile(sys.argv[2], np.uint8)[None] / np.float32(255)).numpy()[0])
