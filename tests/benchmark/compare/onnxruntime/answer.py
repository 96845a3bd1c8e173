# SPDX-License-Identifier: BSL-1.0
import sys

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(f"{sys.argv[1]}/net.onnx", options, providers=["CPUExecutionProvider"])
print(*session.run(None, {"x": np.fromfile(sys.argv[2], np.uint8)[None] / np.float32(255)})[0][0])
