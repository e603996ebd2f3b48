#!/usr/bin/env python3
"""Compute with PyTorch what the tests of the libtorch binding compute, and keep it as data.

torch-numbers.py        needs PyTorch (Debian: python3-torch; its libtorch is the one the binding is compiled against)

Writes tests/Diffuse.Tests/Torch/torch-numbers.json: arrays as base64 of little-endian float32, by case and name, the version of
PyTorch, the instruction set its kernels chose and the kernels that OpenBLAS chose. Where all are the same the tests ask for equal
bits. Run it with OPENBLAS_CORETYPE=SkylakeX, which is what the binding asks for on processors with AVX512.
"""

import base64
import ctypes
import json
import pathlib
import re

import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).parent.parent / "tests/Diffuse.Tests/Torch/torch-numbers.json"
torch.set_num_threads(1)
cases = {}


def keep(case, **arrays):
    cases[case] = {
        name: base64.b64encode(a.detach().contiguous().float().numpy().tobytes()).decode() for name, a in arrays.items()
    }


def seeded(seed, *shapes):
    """Standard normal leaves, drawn in turn from one generator."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]


def with_gradients(case, seed, shapes, function):
    """A function's value, and its inputs' gradients when every output is weighted by a seeded normal."""
    inputs = seeded(seed, *shapes)
    y = function(*inputs)
    y.backward(seeded(seed + 1, y.shape)[0].detach())
    keep(case, y=y, **{f"d{i}": x.grad for i, x in enumerate(inputs)})


# Draws.
torch.manual_seed(7)
keep("randn of 1000", y=torch.randn(1000))
keep("rand of 10, the same generator going on", y=torch.rand(10))
keep("randn of 5", y=torch.randn(5, generator=torch.Generator().manual_seed(11)))
keep("randint of 100", y=torch.randint(0, 10, (100,), generator=torch.Generator().manual_seed(12)))
keep("randperm of 50", y=torch.randperm(50, generator=torch.Generator().manual_seed(13)))
keep("uniform of 20", y=torch.empty(20).uniform_(-2, 3, generator=torch.Generator().manual_seed(14)))

# Layers and their gradients.
with_gradients("conv2d", 20, [(2, 4, 9, 7), (6, 4, 3, 3), (6,)], lambda x, w, b: F.conv2d(x, w, b, padding=1))
with_gradients("strided grouped conv2d", 22, [(2, 4, 9, 7), (6, 2, 3, 3)], lambda x, w: F.conv2d(x, w, stride=2, groups=2))
with_gradients("conv_transpose2d", 24, [(2, 4, 5, 5), (4, 3, 4, 4), (3,)], lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1))
with_gradients("linear", 26, [(5, 8), (3, 8), (3,)], F.linear)
with_gradients("group_norm", 28, [(2, 8, 5, 5), (8,), (8,)], lambda x, w, b: F.group_norm(x, 4, w, b, 1e-5))
with_gradients("layer_norm", 30, [(4, 6, 8), (8,), (8,)], lambda x, w, b: F.layer_norm(x, (8,), w, b))


def attention(q, k, v):
    return (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v


with_gradients("attention", 32, [(2, 3, 6, 8), (2, 3, 5, 8), (2, 3, 5, 8)], attention)
with_gradients("silu", 34, [(100,)], F.silu)
with_gradients("gelu", 36, [(100,)], F.gelu)
with_gradients("bilinear", 38, [(1, 2, 5, 5)], lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False))
with_gradients("antialiased bicubic", 40, [(1, 2, 9, 9)], lambda x: F.interpolate(x, (4, 4), mode="bicubic", antialias=True))
with_gradients("nearest", 42, [(1, 2, 3, 3)], lambda x: F.interpolate(x, scale_factor=2.0, mode="nearest"))
with_gradients("cross_entropy", 44, [(6, 5)], lambda x: F.cross_entropy(x, torch.arange(6) % 5, label_smoothing=0.1))
with_gradients("smooth_l1_loss", 46, [(10,), (10,)], lambda x, y: F.smooth_l1_loss(x, y, beta=0.5))

# Modules as PyTorch starts them.
torch.manual_seed(50)
first = torch.nn.Conv2d(3, 8, 3), torch.nn.Linear(8, 4), torch.nn.Embedding(5, 4), torch.nn.ConvTranspose2d(4, 2, 2)
keep("initial weights", **{f"{i}.{name}": p for i, module in enumerate(first) for name, p in module.named_parameters()})

# Optimizers: twenty steps on a small network.
def train(case, make):
    w1, b1, w2 = seeded(60, (16, 8), (16,), (4, 16))
    x, y = (t.detach() for t in seeded(61, (32, 8), (32, 4)))
    optimizer = make([w1, b1, w2])
    for _ in range(20):
        optimizer.zero_grad()
        F.mse_loss(F.linear(F.silu(F.linear(x, w1, b1)), w2), y).backward()
        optimizer.step()
    keep(case, w1=w1, b1=b1, w2=w2)


train("AdamW", lambda p: torch.optim.AdamW(p, lr=1e-2, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1))
train("AMSGrad", lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=0, amsgrad=True))
train("Adam", lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=0.05))
train("SGD", lambda p: torch.optim.SGD(p, lr=1e-1, momentum=0.9, weight_decay=0.01, nesterov=True))

blas = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
blas.restype = ctypes.c_char_p
capability = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
OUT.write_text(json.dumps({
    "torch": ".".join(torch.__version__.split(".")[:2]),
    "capability": capability.group(1) if capability else "",
    "blas": blas().decode(),
    "cases": cases,
}, indent=1) + "\n")
