# SPDX-License-Identifier: BSL-1.0
"""Rows of the suite `attention` by PyTorch, for peers.py: forward, and steps with its fused Adam.

FOLDER holds x.f32, y.f32 (samples, positions, width), lengths.i32, and the parameters p0.f32 …: weight and bias of query,
key, value and out. The mask is made from the lengths in each call, as sinter's body does.
"""
import numpy as np

from row_peers import Row, compiled_by, torch_on_one_core


class TorchRow(Row):
    def __init__(self, row, folder, compiled):
        torch = torch_on_one_core()
        nn, (_, shape, size, self.what) = torch.nn.functional, row.split("-")
        length, width, heads = map(int, shape.split("x"))
        count = int(size[1:])

        def read(name, *extents):
            return torch.from_numpy(np.fromfile(f"{folder}/{name}.f32", np.float32).reshape(extents))

        x, y = read("x", count, length, width), read("y", count, length, width)
        lengths = torch.from_numpy(np.fromfile(f"{folder}/lengths.i32", np.int32))
        layers = [torch.nn.Linear(width, width) for _ in range(4)]
        with torch.no_grad():
            for k, layer in enumerate(layers):
                layer.weight.copy_(read(f"p{2 * k}", width, width))
                layer.bias.copy_(read(f"p{2 * k + 1}", width))
        at = torch.arange(length)

        def forward(x):
            mask = (at[None, :] <= at[:, None])[None, None] & (at[None, None, None] < lengths[:, None, None, None])
            q, k, v = [layer(x).view(count, length, heads, -1).transpose(1, 2) for layer in layers[:3]]
            mixed = nn.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            return layers[3](mixed.transpose(1, 2).reshape(count, length, width))

        def loss_of(x, y):
            return nn.mse_loss(forward(x), y)

        if compiled:
            forward, loss_of = compiled_by(torch, forward, loss_of)
        optimizer = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=1e-3, fused=True)
        self.version = f"torch {torch.__version__}, scaled_dot_product_attention{', compiled' if compiled else ''}"

        def infer():
            with torch.inference_mode():
                return forward(x)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(x, y)
            loss.backward()
            optimizer.step()
            return loss.item()

        self.run = step if self.what == "step" else infer

    def check(self):
        if self.what == "step":
            return [self.run() for _ in range(20)]
        return self.run().numpy().ravel().tolist()


def made(who, row, folder):
    return TorchRow(row, folder, who == "torch-compile")
