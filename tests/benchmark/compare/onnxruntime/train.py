# SPDX-License-Identifier: BSL-1.0
"""It infers only: this writes PyTorch's network in its format."""
import sys

import torch
from onnx import TensorProto, helper, numpy_helper, save

out = sys.argv[2]
p = {name: numpy_helper.from_array(w.numpy(), name) for name, w in torch.load(f"{out}/net.pt").items()}
nodes = [helper.make_node("Gemm", ["x", "0.weight", "0.bias"], ["a"], transB=1), helper.make_node("Relu", ["a"], ["h"]),
         helper.make_node("Gemm", ["h", "2.weight", "2.bias"], ["y"], transB=1)]
graph = helper.make_graph(nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 784])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])], list(p.values()))
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), f"{out}/net.onnx")
