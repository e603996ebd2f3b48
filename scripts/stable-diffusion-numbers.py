#!/usr/bin/env python3
"""Compute with PyTorch, in float64, what two tiny Stable Diffusions written from the papers draw, and keep it as data.

stable-diffusion-numbers.py        needs PyTorch (Debian: python3-torch)

Writes tests/reference/stable_diffusion.json. Rombach et al. 2022 for the U-Net with cross-attention and the autoencoder, Ho and Salimans 2022 for guidance,
Liu et al. 2022 (PLMS) and Song et al. 2020 (DDIM) for the samplers; the text encoder is that of text-encoder-numbers.py. One is laid out as Stable Diffusion 1
(noise predicted, 1x1 convolutions around the transformers, texts filled up with their end), one as Stable Diffusion 2 (v predicted, linear layers, exact GELU,
another number of heads at each level, texts filled up with 0). Weights are integer formulas of the element i and of the place k of the parameter's name among all
of its network, in alphabetical order; for the fp16 cases they are rounded to half precision.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).parent.parent / "tests/reference/stable_diffusion.json"


def u(count, k):
    i = torch.arange(count, dtype=torch.int64)
    return 2.0 * ((7919 * i * i + 104729 * i + 1299709 * k + 12345) % 1000003).double() / 1000003 - 1


class Weights:
    """The parameters of a network by name: the first pass over the network says which there are, the second uses them."""

    def __init__(self, half):
        self.half, self.shapes, self.values = half, {}, None

    def fix(self):
        self.values = {}
        for k, name in enumerate(sorted(self.shapes)):
            shape = self.shapes[name]
            x = u(math.prod(shape), k).view(shape)
            if len(shape) >= 2:
                x = math.sqrt(3.0 * shape[0] / math.prod(shape)) * x
            else:
                x = 1 + 0.2 * x if name.endswith("weight") else 0.1 * x
            self.values[name] = (x.half() if self.half else x.float()).double()

    def __call__(self, name, *shape):
        if self.values is None:
            self.shapes[name] = shape
            return torch.zeros(shape, dtype=torch.float64)
        return self.values[name]


def linear(w, name, x, size, bias=True):
    y = x @ w(name + ".weight", size, x.shape[-1]).t()
    return y + w(name + ".bias", size) if bias else y


def conv(w, name, x, channels, kernel=3, stride=1, padding=None):
    padding = kernel // 2 if padding is None else padding
    return F.conv2d(x, w(name + ".weight", channels, x.shape[1], kernel, kernel), w(name + ".bias", channels), stride, padding)


def group_norm(w, name, x, groups, eps):
    n, c = x.shape[:2]
    g = x.reshape(n, groups, -1)
    mean = g.mean(-1, keepdim=True)
    g = (g - mean) / (((g - mean) ** 2).mean(-1, keepdim=True) + eps).sqrt()
    side = [1, c] + [1] * (x.dim() - 2)
    return g.view(x.shape) * w(name + ".weight", c).view(side) + w(name + ".bias", c).view(side)


def layer_norm(w, name, x):
    c = x.shape[-1]
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / (((x - mean) ** 2).mean(-1, keepdim=True) + 1e-5).sqrt() * w(name + ".weight", c) + w(name + ".bias", c)


def silu(x):
    return x / (1 + (-x).exp())


def exact_gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def attend(q, k, v, heads, causal=False):
    n, l, c = q.shape
    d = c // heads
    out = []
    for h in range(heads):
        part = slice(h * d, (h + 1) * d)
        logits = q[..., part] @ k[..., part].transpose(1, 2) / math.sqrt(d)
        if causal:
            logits = logits.masked_fill(~torch.ones(l, l).tril().bool(), -math.inf)
        weights = logits.exp()
        out.append((weights / weights.sum(-1, keepdim=True)) @ v[..., part])
    return torch.cat(out, -1)


def resnet(w, name, x, channels, groups, eps, embedding=None):
    h = conv(w, name + ".conv1", silu(group_norm(w, name + ".norm1", x, groups, eps)), channels)
    if embedding is not None:
        h = h + linear(w, name + ".time_emb_proj", silu(embedding), channels)[:, :, None, None]
    h = conv(w, name + ".conv2", silu(group_norm(w, name + ".norm2", h, groups, eps)), channels)
    return h + (x if x.shape[1] == channels else conv(w, name + ".conv_shortcut", x, channels, kernel=1))


def attention(w, name, x, told, heads):
    c = x.shape[-1]
    q, k, v = (linear(w, f"{name}.to_{part}", of, c, bias=False) for part, of in (("q", x), ("k", told), ("v", told)))
    return linear(w, name + ".to_out.0", attend(q, k, v, heads), c)


def transformer(w, name, x, told, heads, groups, by_linear):
    n, c, height, width = x.shape
    rows = lambda image: image.permute(0, 2, 3, 1).reshape(n, height * width, c)
    image = lambda seq: seq.view(n, height, width, c).permute(0, 3, 1, 2)
    h = group_norm(w, name + ".norm", x, groups, 1e-6)
    h = linear(w, name + ".proj_in", rows(h), c) if by_linear else rows(conv(w, name + ".proj_in", h, c, kernel=1))
    block = name + ".transformer_blocks.0"
    y = layer_norm(w, block + ".norm1", h)
    h = h + attention(w, block + ".attn1", y, y, heads)
    h = h + attention(w, block + ".attn2", layer_norm(w, block + ".norm2", h), told, heads)
    wide, gate = linear(w, block + ".ff.net.0.proj", layer_norm(w, block + ".norm3", h), 8 * c).chunk(2, -1)
    h = h + linear(w, block + ".ff.net.2", wide * exact_gelu(gate), c)
    return x + (image(linear(w, name + ".proj_out", h, c)) if by_linear else conv(w, name + ".proj_out", image(h), c, kernel=1))


def unet(w, config, x, t, told):
    """Two levels, attention at the first, a block at each."""
    channels, groups, heads, by_linear = config["block_out_channels"], config["norm_num_groups"], config["heads"], config["use_linear_projection"]
    half = channels[0] // 2
    angles = t * torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float64) / half)
    features = torch.cat([angles.cos(), angles.sin()])[None].expand(x.shape[0], -1)
    size = 4 * channels[0]
    e = linear(w, "time_embedding.linear_2", silu(linear(w, "time_embedding.linear_1", features, size)), size)
    R = lambda name, h, c: resnet(w, name, h, c, groups, 1e-5, e)
    T = lambda name, h, level: transformer(w, name, h, told, heads[level], groups, by_linear)
    h = conv(w, "conv_in", x, channels[0])
    skips = [h]
    h = T("down_blocks.0.attentions.0", R("down_blocks.0.resnets.0", h, channels[0]), 0)
    skips.append(h)
    h = conv(w, "down_blocks.0.downsamplers.0.conv", h, channels[0], stride=2)
    skips.append(h)
    h = R("down_blocks.1.resnets.0", h, channels[1])
    skips.append(h)
    h = R("mid_block.resnets.0", h, channels[1])
    h = R("mid_block.resnets.1", T("mid_block.attentions.0", h, 1), channels[1])
    for i in range(2):
        h = R(f"up_blocks.0.resnets.{i}", torch.cat([h, skips.pop()], 1), channels[1])
    h = conv(w, "up_blocks.0.upsamplers.0.conv", F.interpolate(h, scale_factor=2, mode="nearest"), channels[1])
    for i in range(2):
        h = T(f"up_blocks.1.attentions.{i}", R(f"up_blocks.1.resnets.{i}", torch.cat([h, skips.pop()], 1), channels[0]), 0)
    return conv(w, "conv_out", silu(group_norm(w, "conv_norm_out", h, groups, 1e-5)), x.shape[1])


def middle(w, name, h, c, groups):
    h = resnet(w, name + ".resnets.0", h, c, groups, 1e-6)
    n, _, height, width = h.shape
    a = name + ".attentions.0"
    rows = group_norm(w, a + ".group_norm", h, groups, 1e-6).flatten(2).transpose(1, 2)
    q, k, v = (linear(w, f"{a}.to_{part}", rows, c) for part in "qkv")
    out = linear(w, a + ".to_out.0", attend(q, k, v, 1), c).transpose(1, 2).reshape(n, c, height, width)
    return resnet(w, name + ".resnets.1", h + out, c, groups, 1e-6)


def encode(w, config, x):
    """The mean of the posterior."""
    channels, groups, latent = config["block_out_channels"], config["norm_num_groups"], config["latent_channels"]
    h = conv(w, "encoder.conv_in", x, channels[0])
    h = resnet(w, "encoder.down_blocks.0.resnets.0", h, channels[0], groups, 1e-6)
    h = conv(w, "encoder.down_blocks.0.downsamplers.0.conv", F.pad(h, (0, 1, 0, 1)), channels[0], stride=2, padding=0)
    h = resnet(w, "encoder.down_blocks.1.resnets.0", h, channels[1], groups, 1e-6)
    h = middle(w, "encoder.mid_block", h, channels[1], groups)
    h = conv(w, "encoder.conv_out", silu(group_norm(w, "encoder.conv_norm_out", h, groups, 1e-6)), 2 * latent)
    return conv(w, "quant_conv", h, 2 * latent, kernel=1)[:, :latent]


def decode(w, config, z):
    channels, groups = config["block_out_channels"], config["norm_num_groups"]
    h = conv(w, "decoder.conv_in", conv(w, "post_quant_conv", z, z.shape[1], kernel=1), channels[1])
    h = middle(w, "decoder.mid_block", h, channels[1], groups)
    for level, c in enumerate(reversed(channels)):
        for i in range(2):
            h = resnet(w, f"decoder.up_blocks.{level}.resnets.{i}", h, c, groups, 1e-6)
        if level == 0:
            h = conv(w, "decoder.up_blocks.0.upsamplers.0.conv", F.interpolate(h, scale_factor=2, mode="nearest"), c)
    return conv(w, "decoder.conv_out", silu(group_norm(w, "decoder.conv_norm_out", h, groups, 1e-6)), 3)


def text(w, config, ids):
    c = config["hidden_size"]
    x = w("text_model.embeddings.token_embedding.weight", config["vocab_size"], c)[ids] + w("text_model.embeddings.position_embedding.weight", ids.shape[1], c)
    for i in range(config["num_hidden_layers"]):
        layer = f"text_model.encoder.layers.{i}"
        y = layer_norm(w, layer + ".layer_norm1", x)
        q, k, v = (linear(w, f"{layer}.self_attn.{part}_proj", y, c) for part in "qkv")
        x = x + linear(w, layer + ".self_attn.out_proj", attend(q, k, v, config["num_attention_heads"], causal=True), c)
        h = linear(w, layer + ".mlp.fc1", layer_norm(w, layer + ".layer_norm2", x), 4 * c)
        h = h / (1 + (-1.702 * h).exp()) if config["hidden_act"] == "quick_gelu" else exact_gelu(h)
        x = x + linear(w, layer + ".mlp.fc2", h, c)
    return layer_norm(w, "text_model.final_layer_norm", x)


def betas():
    """Linear in the square root."""
    return torch.linspace(math.sqrt(0.00085), math.sqrt(0.012), 1000, dtype=torch.float64) ** 2


ABAR = torch.cumprod(1 - betas(), 0)


def step(x, e, t, s):
    """DDIM without noise; below the first step the noise level of the first is kept."""
    a, b = ABAR[t], ABAR[max(s, 0)]
    x0 = (x - (1 - a).sqrt() * e) / a.sqrt()
    return b.sqrt() * x0 + (1 - b).sqrt() * e


def plms(noise, x, steps):
    """Linear multistep of up to order 4, begun with Heun's step (Liu et al. 2022, equations 12 and 13)."""
    stride = 1000 // steps
    times = [i * stride + 1 for i in range(steps)][::-1]
    past = [noise(x, times[0])]
    guess = step(x, past[0], times[0], times[0] - stride)
    x = step(x, (past[0] + noise(guess, times[0] - stride)) / 2, times[0], times[0] - stride)
    for t in times[1:]:
        past.append(noise(x, t))
        e = past[-1]
        if len(past) == 2:
            e = (3 * past[-1] - past[-2]) / 2
        elif len(past) == 3:
            e = (23 * past[-1] - 16 * past[-2] + 5 * past[-3]) / 12
        else:
            e = (55 * past[-1] - 59 * past[-2] + 37 * past[-3] - 9 * past[-4]) / 24
        x = step(x, e, t, t - stride)
    return x


def ddim(noise, x, steps):
    stride = 1000 // steps
    for t in [i * stride + 1 for i in range(steps)][::-1]:
        x = step(x, noise(x, t), t, t - stride)
    return x


def case(name, second, half=False, channels=(8, 16), groups=4, heads=(2, 2), width=8, text_heads=2, steps=6, guidance=3.0):
    channels, heads = list(channels), list(heads)
    text_config = dict(
        architectures=["CLIPTextModel"], vocab_size=514, max_position_embeddings=6, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=2,
        num_attention_heads=text_heads, hidden_act="gelu" if second else "quick_gelu")
    unet_config = dict(
        _class_name="UNet2DConditionModel", sample_size=4, in_channels=4, out_channels=4, block_out_channels=channels, layers_per_block=1, norm_num_groups=groups,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"], up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], cross_attention_dim=width,
        attention_head_dim=heads if second else heads[0], use_linear_projection=second)
    vae_config = dict(
        _class_name="AutoencoderKL", in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        block_out_channels=channels, layers_per_block=1, latent_channels=4, norm_num_groups=groups, sample_size=8, scaling_factor=0.18215)
    scheduler = dict(
        _class_name="DDIMScheduler" if second else "PNDMScheduler", beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, num_train_timesteps=1000,
        set_alpha_to_one=False, steps_offset=1, clip_sample=False, prediction_type="v_prediction" if second else "epsilon")
    if not second:
        scheduler["skip_prk_steps"] = True
    end, filling = 513, 0 if second else 513
    ids = torch.tensor([[512, 320, 321, end, filling, filling], [512, end, filling, filling, filling, filling]])  # "a b" and ""
    net = dict(unet_config, heads=heads)
    parts = {}
    for part, run in (
        ("text_encoder", lambda w: text(w, text_config, ids)),
        ("unet", lambda w: unet(w, net, torch.zeros(1, 4, 4, 4).double(), 0, torch.zeros(1, 6, width).double())),
        ("vae", lambda w: (encode(w, vae_config, torch.zeros(1, 3, 8, 8).double()), decode(w, vae_config, torch.zeros(1, 4, 4, 4).double()))),
    ):
        parts[part] = Weights(half)
        run(parts[part])
        parts[part].fix()
    states = text(parts["text_encoder"], text_config, ids)
    x = u(2 * 64, 5000).view(2, 4, 4, 4) * 1.7

    def noise(x, t):
        told, none = (states[i : i + 1].expand(x.shape[0], -1, -1) for i in (0, 1))
        f, f0 = unet(parts["unet"], net, x, t, told), unet(parts["unet"], net, x, t, none)
        f = f0 + guidance * (f - f0)
        return ABAR[t].sqrt() * f + (1 - ABAR[t]).sqrt() * x if second else f

    latents = (ddim if second else plms)(noise, x, steps)
    image = decode(parts["vae"], vae_config, latents / 0.18215).clamp(-1, 1)
    back = encode(parts["vae"], vae_config, image) * 0.18215
    return {
        "name": name,
        "inputs": {
            "half": half, "steps": steps, "guidance": guidance, "prompt": "a b", "pad_token": "!" if second else "<|endoftext|>",
            "files": {"unet/config.json": unet_config, "vae/config.json": vae_config, "text_encoder/config.json": text_config, "scheduler/scheduler_config.json": scheduler},
            "shapes": {part: {n: list(s) for n, s in sorted(w.shapes.items())} for part, w in parts.items()},
            "x_T": tensor(x),
        },
        "expected": {"ids": ids[0].tolist(), "states": tensor(states[:1]), "latents": tensor(latents), "image": tensor(image), "encoded": tensor(back)},
    }


def tensor(x):
    return {"shape": list(x.shape), "dtype": str(x.dtype).removeprefix("torch."), "data": x.detach().flatten().tolist()}


cases = [
    case("first", False),
    case("first_fp16", False, half=True),
    case("second", True, heads=(2, 4)),
    case("second_fp16", True, heads=(2, 4), half=True),
    # The heads and groups that a file of CompVis' leaves to its readers: 8 heads in the first version, of 64 channels each in the second; 32 groups.
    case("file_first", False, channels=(32, 64), groups=32, heads=(8, 8), width=64, text_heads=1),
    case("file_second", True, channels=(64, 128), groups=32, heads=(1, 2), width=64, text_heads=1),
]
for c in cases:
    e = c["expected"]
    print(c["name"], "latents up to", max(map(abs, e["latents"]["data"])), "saturated", sum(abs(v) == 1 for v in e["image"]["data"]) / len(e["image"]["data"]))
OUT.write_text(json.dumps({"cases": cases}) + "\n")
