#!/usr/bin/env python3
"""FID by the procedure that pytorch-fid publishes, with PyTorch and SciPy alone: what scripts/check-evaluation holds `diffuse eval` against.

fid-twin.py weights FILE.pth            untrained weights of Inception, the same every time
fid-twin.py images FOLDER FROM N [turn] N images of 32x32 from FROM on, of Fashion-MNIST's training set, as colour PNG files; turned upside down
fid-twin.py fid FILE.pth A B DIMS       features of all PNG files of two folders, the distance of their Gaussians, and images a second

Needs PyTorch, SciPy and Pillow (Debian: python3-torch python3-scipy python3-pil).
"""

import gzip
import os
import pathlib
import sys
import time

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F
from PIL import Image

BATCH = 50
torch.set_num_threads(len(os.sched_getaffinity(0)))  # PyTorch counts too few on some virtual machines


class Conv(torch.nn.Module):
    """ReLU of a normalized convolution without bias; padded so that a stride of 1 keeps the size, or not at all."""

    def __init__(self, cin, cout, kernel, stride=1, padded=True):
        super().__init__()
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(k // 2 for k in kernel) if padded else 0
        self.conv = torch.nn.Conv2d(cin, cout, kernel, stride, padding, bias=False)
        self.bn = torch.nn.BatchNorm2d(cout, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Block(torch.nn.Module):
    """Branches side by side (Szegedy et al. 2015, figures 5 to 7). A branch is a list of stages; a stage is a name, or several for a fork."""

    def __init__(self, branches, pool, **layers):
        super().__init__()
        self.branches, self.pool = branches, pool
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        out = []
        for branch in self.branches:
            h = self.pooled(x) if branch and branch[0] == "branch_pool" else x
            for stage in branch:
                h = torch.cat([getattr(self, name)(h) for name in stage], 1) if isinstance(stage, tuple) else getattr(self, stage)(h)
            out.append(h)
        if self.pool == "halve":
            out.append(F.max_pool2d(x, 3, 2))
        return torch.cat(out, 1)

    def pooled(self, x):
        return F.max_pool2d(x, 3, 1, 1) if self.pool == "max" else F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def wide(cin, pooled):
    return Block(
        [["branch1x1"], ["branch5x5_1", "branch5x5_2"], ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], ["branch_pool"]], "average",
        branch1x1=Conv(cin, 64, 1), branch5x5_1=Conv(cin, 48, 1), branch5x5_2=Conv(48, 64, 5),
        branch3x3dbl_1=Conv(cin, 64, 1), branch3x3dbl_2=Conv(64, 96, 3), branch3x3dbl_3=Conv(96, 96, 3), branch_pool=Conv(cin, pooled, 1))


def long(c):
    return Block(
        [["branch1x1"], ["branch7x7_1", "branch7x7_2", "branch7x7_3"], [f"branch7x7dbl_{i}" for i in range(1, 6)], ["branch_pool"]], "average",
        branch1x1=Conv(768, 192, 1), branch7x7_1=Conv(768, c, 1), branch7x7_2=Conv(c, c, (1, 7)), branch7x7_3=Conv(c, 192, (7, 1)),
        branch7x7dbl_1=Conv(768, c, 1), branch7x7dbl_2=Conv(c, c, (7, 1)), branch7x7dbl_3=Conv(c, c, (1, 7)),
        branch7x7dbl_4=Conv(c, c, (7, 1)), branch7x7dbl_5=Conv(c, 192, (1, 7)), branch_pool=Conv(768, 192, 1))


def split(cin, pool):
    return Block(
        [["branch1x1"], ["branch3x3_1", ("branch3x3_2a", "branch3x3_2b")],
         ["branch3x3dbl_1", "branch3x3dbl_2", ("branch3x3dbl_3a", "branch3x3dbl_3b")], ["branch_pool"]], pool,
        branch1x1=Conv(cin, 320, 1), branch3x3_1=Conv(cin, 384, 1), branch3x3_2a=Conv(384, 384, (1, 3)), branch3x3_2b=Conv(384, 384, (3, 1)),
        branch3x3dbl_1=Conv(cin, 448, 1), branch3x3dbl_2=Conv(448, 384, 3), branch3x3dbl_3a=Conv(384, 384, (1, 3)),
        branch3x3dbl_3b=Conv(384, 384, (3, 1)), branch_pool=Conv(cin, 192, 1))


class Inception(torch.nn.Module):
    """Inception-v3 in the form of FID: means do not count the border, and the last block takes maxima."""

    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, 2, padded=False)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3, padded=False)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3, padded=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = wide(192, 32), wide(256, 64), wide(288, 64)
        self.Mixed_6a = Block(
            [["branch3x3"], ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"]], "halve",
            branch3x3=Conv(288, 384, 3, 2, padded=False),
            branch3x3dbl_1=Conv(288, 64, 1), branch3x3dbl_2=Conv(64, 96, 3), branch3x3dbl_3=Conv(96, 96, 3, 2, padded=False))
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = long(128), long(160), long(160), long(192)
        self.Mixed_7a = Block(
            [["branch3x3_1", "branch3x3_2"], [f"branch7x7x3_{i}" for i in range(1, 5)]], "halve",
            branch3x3_1=Conv(768, 192, 1), branch3x3_2=Conv(192, 320, 3, 2, padded=False),
            branch7x7x3_1=Conv(768, 192, 1), branch7x7x3_2=Conv(192, 192, (1, 7)), branch7x7x3_3=Conv(192, 192, (7, 1)),
            branch7x7x3_4=Conv(192, 192, 3, 2, padded=False))
        self.Mixed_7b, self.Mixed_7c = split(1280, "average"), split(2048, "max")
        self.fc = torch.nn.Linear(2048, 1008)

    def features(self, x, dims):
        """Averages [N, dims] of images [N, 3, H, W] in [0, 1]."""
        h = 2 * F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False) - 1
        h = F.max_pool2d(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(h))), 3, 2)
        if dims == 64:
            return h.mean([2, 3])
        h = F.max_pool2d(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(h)), 3, 2)
        if dims == 192:
            return h.mean([2, 3])
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"):
            h = getattr(self, "Mixed_" + name)(h)
            if dims == 768 and name == "6e":
                break
        return h.mean([2, 3])


def weights(file):
    torch.manual_seed(0)
    network = Inception()
    for name, parameter in network.named_parameters():
        if name.endswith("conv.weight"):
            torch.nn.init.kaiming_normal_(parameter)
    torch.save(network.state_dict(), file)


def images(folder, first, count, turned):
    data = pathlib.Path(__file__).parent.parent / "data/fashion-mnist/train-images-idx3-ubyte.gz"
    pixels = np.frombuffer(gzip.open(data).read(), np.uint8, offset=16).reshape(-1, 28, 28)[first : first + count]
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(np.pad(pixels[:, ::-1] if turned else pixels, ((0, 0), (2, 2), (2, 2)))):
        Image.fromarray(np.stack([image, 255 - image, np.roll(image, 3, 1)], 2)).save(f"{folder}/{i:06d}.png")


def moments(network, folder, dims):
    files = sorted(pathlib.Path(folder).glob("*.png"))
    rows = []
    with torch.no_grad():
        for start in range(0, len(files), BATCH):
            batch = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files[start : start + BATCH]])
            rows.append(network.features(torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255, dims).numpy())
    rows = np.concatenate(rows).astype(np.float64)
    return rows.mean(0), np.cov(rows, rowvar=False), len(files)


def fid(file, a, b, dims):
    network = Inception()
    network.load_state_dict(torch.load(file))
    network.eval()
    start = time.perf_counter()
    (mean1, cov1, n), (mean2, cov2, m) = moments(network, a, dims), moments(network, b, dims)
    seconds = time.perf_counter() - start
    root = scipy.linalg.sqrtm(cov1 @ cov2)
    distance = ((mean1 - mean2) ** 2).sum() + np.trace(cov1) + np.trace(cov2) - 2 * np.trace(root.real)
    print(f"{distance:.8g} {(n + m) / seconds:.3f}")


verb, arguments = sys.argv[1], sys.argv[2:]
if verb == "weights":
    weights(arguments[0])
elif verb == "images":
    images(arguments[0], int(arguments[1]), int(arguments[2]), len(arguments) > 3)
else:
    fid(*arguments[:3], int(arguments[3]))
