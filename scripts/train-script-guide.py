#!/usr/bin/env python3
"""Train a classifier of clean Fashion-MNIST images with PyTorch and keep it as TorchScript: a guide that diffuse knows nothing about.

train-script-guide.py OUT.pt        needs PyTorch (Debian: python3-torch) and data/fashion-mnist (scripts/get-fashion-mnist)

    diffuse sample --run UNCONDITIONAL --class Bag --set \\
        "sampling.guides=[{kind: universal, forward: 4, guide: {kind: script, file: OUT.pt, size: 32, mean: [0.286], std: [0.353]}}]"

It takes images [N, 1, 32, 32] in [0, 1], normalized by mean 0.286 and standard deviation 0.353, and returns logits [N, 10].
"""

import gzip
import pathlib
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

DATA = pathlib.Path(__file__).parent.parent / "data/fashion-mnist"
MEAN, STD, SIZE, EPOCHS, BATCH = 0.286, 0.353, 32, 2, 128


def idx(name, header):
    """The bytes behind the header of an IDX file, compressed or not."""
    file = next(DATA.glob(name + "*"))
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return torch.frombuffer(bytearray(data[header:]), dtype=torch.uint8)


def images(name):
    x = idx(name, 16).view(-1, 1, 28, 28).float() / 255
    return F.interpolate((x - MEAN) / STD, size=(SIZE, SIZE), mode="bilinear", align_corners=False)


class Garments(nn.Module):
    """Strided convolutions, GELU and average pooling: not the architecture of any classifier of diffuse."""

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 24, 5, stride=2, padding=2)
        self.c2 = nn.Conv2d(24, 48, 3, padding=1)
        self.c3 = nn.Conv2d(48, 96, 3, stride=2, padding=1)
        self.c4 = nn.Conv2d(96, 96, 3, padding=1)
        self.last = nn.Linear(96 * 16, 10)

    def forward(self, x):
        x = F.gelu(self.c1(x))
        x = F.gelu(self.c2(x))
        x = F.gelu(self.c3(x))
        x = F.avg_pool2d(F.gelu(self.c4(x)), 2)
        return self.last(x.flatten(1))


def main(out):
    torch.manual_seed(1)
    x, y = images("train-images"), idx("train-labels", 8).long()
    model = Garments()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    steps = EPOCHS * len(x) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    start = time.time()
    for step in range(steps):
        batch = torch.randint(0, len(x), (BATCH,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[batch]), y[batch], label_smoothing=0.05).backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        held, labels = images("t10k-images"), idx("t10k-labels", 8).long()
        right = sum((model(a).argmax(1) == b).sum().item() for a, b in zip(held.split(500), labels.split(500)))
    torch.jit.script(model).save(out)
    print(f"{right / len(held):.1%} of {len(held)} test images, {time.time() - start:.0f} s, {out}")


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
