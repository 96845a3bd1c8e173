# SPDX-License-Identifier: BSL-1.0
import sys

import numpy as np
import torch

data, out, epochs = sys.argv[1:]
torch.set_num_threads(1)


def read(name):
    x = np.fromfile(f"{data}/{name}-images.u8", np.uint8).reshape(-1, 784)
    return torch.from_numpy(x / np.float32(255)), torch.from_numpy(np.fromfile(f"{data}/{name}-labels.u8", np.uint8).astype(np.int64))


(x, y), (test_x, test_y) = read("train"), read("test")
net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
rule = torch.optim.Adam(net.parameters(), fused=True)
for _ in range(int(epochs)):
    for some in torch.randperm(len(x)).split(32):
        rule.zero_grad()
        torch.nn.functional.cross_entropy(net(x[some]), y[some]).backward()
        rule.step()
torch.save(net.state_dict(), f"{out}/net.pt")
with torch.inference_mode():
    print((net(test_x).argmax(1) == test_y).float().mean().item())
