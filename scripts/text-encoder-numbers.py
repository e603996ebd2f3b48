#!/usr/bin/env python3
"""Compute with PyTorch, in float64, what a CLIP text transformer written from the papers makes of a few texts, and keep it as data.

text-encoder-numbers.py        needs PyTorch (Debian: python3-torch)

Writes tests/reference/text_encoder.json. Vaswani et al. 2017 for attention, Radford et al. 2019 and 2021 for the rest: normalization before each
half of a block, learned positions, a causal mask, QuickGELU x sigmoid(1.702 x), a last normalization; heads one by one, as the equations are written.
Weights are integer formulas of the element i and of the place k of the parameter's name among all, in alphabetical order.
"""

import json
import math
import pathlib

import torch

OUT = pathlib.Path(__file__).parent.parent / "tests/reference/text_encoder.json"


def u(count, k):
    i = torch.arange(count, dtype=torch.int64)
    return 2.0 * ((7919 * i * i + 104729 * i + 1299709 * k + 12345) % 1000003).double() / 1000003 - 1


def value(name, shape, k):
    """A parameter, rounded to float32."""
    x = u(math.prod(shape), k).view(shape)
    if len(shape) >= 2:
        x = math.sqrt(3.0 * shape[0] / math.prod(shape)) * x
    else:
        x = 1 + 0.2 * x if name.endswith("weight") else 0.1 * x
    return x.float().double().requires_grad_()


def shapes(vocabulary, length, width, layers):
    yield "positional_embedding", (length, width)
    yield "token_embedding.weight", (vocabulary, width)
    for i in range(layers):
        block = f"transformer.resblocks.{i}."
        yield block + "attn.in_proj_weight", (3 * width, width)
        yield block + "attn.in_proj_bias", (3 * width,)
        yield block + "attn.out_proj.weight", (width, width)
        yield block + "attn.out_proj.bias", (width,)
        yield block + "mlp.c_fc.weight", (4 * width, width)
        yield block + "mlp.c_fc.bias", (4 * width,)
        yield block + "mlp.c_proj.weight", (width, 4 * width)
        yield block + "mlp.c_proj.bias", (width,)
        for norm in ("ln_1", "ln_2"):
            yield block + norm + ".weight", (width,)
            yield block + norm + ".bias", (width,)
    yield "ln_final.weight", (width,)
    yield "ln_final.bias", (width,)


def normalized(x, p, name):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt() * p[name + ".weight"] + p[name + ".bias"]


def attention(x, p, name, heads):
    length, width = x.shape[1:]
    d = width // heads
    qkv = x @ p[name + ".in_proj_weight"].t() + p[name + ".in_proj_bias"]
    q, k, v = qkv[..., :width], qkv[..., width : 2 * width], qkv[..., 2 * width :]
    sees = torch.ones(length, length).tril().bool()
    merged = []
    for h in range(heads):
        part = slice(h * d, (h + 1) * d)
        logits = (q[..., part] @ k[..., part].transpose(1, 2)) / math.sqrt(d)
        weights = logits.masked_fill(~sees, -math.inf).exp()
        merged.append((weights / weights.sum(-1, keepdim=True)) @ v[..., part])
    return torch.cat(merged, -1) @ p[name + ".out_proj.weight"].t() + p[name + ".out_proj.bias"]


def states(ids, p, layers, heads):
    x = p["token_embedding.weight"][ids] + p["positional_embedding"]
    for i in range(layers):
        block = f"transformer.resblocks.{i}."
        x = x + attention(normalized(x, p, block + "ln_1"), p, block + "attn", heads)
        h = normalized(x, p, block + "ln_2") @ p[block + "mlp.c_fc.weight"].t() + p[block + "mlp.c_fc.bias"]
        x = x + (h / (1 + (-1.702 * h).exp())) @ p[block + "mlp.c_proj.weight"].t() + p[block + "mlp.c_proj.bias"]
    return normalized(x, p, "ln_final")


def case(name, vocabulary, length, width, layers, heads, ids):
    named = dict(shapes(vocabulary, length, width, layers))
    p = {n: value(n, named[n], k) for k, n in enumerate(sorted(named))}
    ids = torch.tensor(ids)
    y = states(ids, p, layers, heads)
    (y * u(y.numel(), 2000).view(y.shape)).sum().backward()
    return {
        "name": name,
        "inputs": dict(vocabulary=vocabulary, length=length, width=width, layers=layers, heads=heads, ids=tensor(ids)),
        "expected": {
            "states": tensor(y),
            "grad_l2": {n: p[n].grad.norm().item() for n in sorted(p)},
        },
    }


def tensor(x):
    return {"shape": list(x.shape), "dtype": str(x.dtype).removeprefix("torch."), "data": x.detach().flatten().tolist()}


cases = [
    case("one_head", 11, 5, 8, 1, 1, [[1, 4, 4, 10, 0], [10, 0, 0, 0, 0]]),
    case("three_layers_four_heads", 40, 7, 32, 3, 4, [[38, 5, 9, 39, 39, 39, 39], [38, 1, 2, 3, 4, 5, 39]]),
]
OUT.write_text(json.dumps({"cases": cases}) + "\n")
