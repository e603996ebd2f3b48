"""The U-Net of scripts/bench in plain PyTorch, as people write it, and once more tuned by hand; prints one line of JSON.

    bench-twin.py train   MODE CHANNELS FOLDER STEPS   seconds of each of STEPS steps of 64 images, peak memory, seconds until the first step is done
    bench-twin.py sample  MODE CHANNELS STEPS          images a second of 64 images by DDIM in STEPS steps
    bench-twin.py load    FOLDER SIZE                  images a second of torchvision's ImageFolder, decoded and resized to SIZE by SIZE, one process
    bench-twin.py photos  FOLDER N                     makes N JPEG files of 256x256

MODE is plain (float32, images N, C, H, W in memory, torch.optim.AdamW, average by a loop over parameters) or tuned (bf16 inside convolutions, linear layers
and attention, channels-last, AdamW and average over all tensors at once).

The network: Ho et al. 2020 with scale and shift (Dhariwal and Nichol 2021), 64 channels times 1, 2, 2, two blocks a level, attention of 4 heads at 16x16 and
in the middle, as diffusers' UNet2DModel names it.
"""
import json
import math
import os
import sys
import time

started = time.time()

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(len(os.sched_getaffinity(0)))  # PyTorch counts too few on some virtual machines
BATCH, EDGE, GROUPS, HEADS = 64, 32, 32, 4
tuned = False


def compute(t):
    return t.to(torch.bfloat16) if tuned else t


class Conv(nn.Conv2d):
    def forward(self, x):
        return F.conv2d(compute(x), compute(self.weight), compute(self.bias), self.stride, self.padding)


class Linear(nn.Linear):
    def forward(self, x):
        return F.linear(compute(x), compute(self.weight), compute(self.bias))


class Norm(nn.GroupNorm):
    def forward(self, x):
        return F.group_norm(x.float(), self.num_groups, self.weight, self.bias, self.eps)


class Resnet(nn.Module):
    def __init__(self, inside, outside, embedding):
        super().__init__()
        self.norm1, self.conv1 = Norm(GROUPS, inside), Conv(inside, outside, 3, padding=1)
        self.time_emb_proj = Linear(embedding, 2 * outside)
        self.norm2, self.conv2 = Norm(GROUPS, outside), Conv(outside, outside, 3, padding=1)
        if inside != outside:
            self.conv_shortcut = Conv(inside, outside, 1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time_emb_proj(emb)[:, :, None, None].float().chunk(2, 1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x) + h


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.group_norm = Norm(GROUPS, channels)
        self.to_q, self.to_k, self.to_v = (Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([Linear(channels, channels)])

    def forward(self, x):
        n, c, h, w = x.shape
        rows = self.group_norm(x).flatten(2).transpose(1, 2)
        q, k, v = (layer(rows).view(n, h * w, HEADS, c // HEADS).transpose(1, 2).reshape(n * HEADS, h * w, c // HEADS)
                   for layer in (self.to_q, self.to_k, self.to_v))
        weights = torch.softmax(torch.bmm(q * (c // HEADS) ** -0.5, k.transpose(1, 2)), -1)
        out = torch.bmm(weights, v).view(n, HEADS, h * w, c // HEADS).transpose(1, 2).reshape(n, h * w, c)
        return x + self.to_out[0](out).transpose(1, 2).reshape(n, c, h, w)


class Resample(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.conv = Conv(channels, channels, 3, stride=stride, padding=1)

    def forward(self, x):
        return self.conv(x if self.conv.stride[0] == 2 else F.interpolate(x, scale_factor=2.0))


class Level(nn.Module):
    def __init__(self, resnets, attended, channels, resample):
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        if attended:
            self.attentions = nn.ModuleList([Attention(channels) for _ in resnets])
        if resample:
            name = "downsamplers" if resample == 2 else "upsamplers"
            setattr(self, name, nn.ModuleList([Resample(channels, resample)]))


class UNet(nn.Module):
    def __init__(self, first):
        super().__init__()
        channels, emb = [first, 2 * first, 2 * first], 4 * first
        self.first = first
        self.conv_in = Conv(3, first, 3, padding=1)
        self.time_embedding = nn.ModuleDict({"linear_1": Linear(first, emb), "linear_2": Linear(emb, emb)})
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        before = [first] + channels
        for i, c in enumerate(channels):
            self.down_blocks.append(Level([Resnet(before[i] if j == 0 else c, c, emb) for j in range(2)], i == 1, c, 2 if i < 2 else 0))
        last = channels[-1]
        self.mid_block = Level([Resnet(last, last, emb), Resnet(last, last, emb)], False, last, 0)
        self.mid_block.attentions = nn.ModuleList([Attention(last)])
        skips = [first] + [c for i, c in enumerate(channels) for c in [c, c] + ([c] if i < 2 else [])]
        below = last
        for i, c in reversed(list(enumerate(channels))):
            resnets = []
            for _ in range(3):
                resnets.append(Resnet(below + skips.pop(), c, emb))
                below = c
            self.up_blocks.append(Level(resnets, i == 1, c, 1 if i > 0 else 0))
        self.conv_norm_out, self.conv_out = Norm(GROUPS, first), Conv(first, 3, 3, padding=1)

    def forward(self, x, t):
        half = self.first // 2
        angles = t[:, None].float() * torch.exp(-math.log(10000) * torch.arange(half) / half)
        emb = self.time_embedding["linear_1"](torch.cat([angles.cos(), angles.sin()], 1))
        emb = F.silu(self.time_embedding["linear_2"](F.silu(emb)))
        h = self.conv_in(x)
        skips = [h]
        for level in self.down_blocks:
            for i, resnet in enumerate(level.resnets):
                h = resnet(h, emb)
                h = level.attentions[i](h) if hasattr(level, "attentions") else h
                skips.append(h)
            if hasattr(level, "downsamplers"):
                h = level.downsamplers[0](h)
                skips.append(h)
        h = self.mid_block.resnets[1](self.mid_block.attentions[0](self.mid_block.resnets[0](h, emb)), emb)
        for level in self.up_blocks:
            for i, resnet in enumerate(level.resnets):
                h = resnet(torch.cat([h, skips.pop()], 1), emb)
                h = level.attentions[i](h) if hasattr(level, "attentions") else h
            if hasattr(level, "upsamplers"):
                h = level.upsamplers[0](h)
        return self.conv_out(F.silu(self.conv_norm_out(h))).float()


def peak_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def images(folder):
    import glob

    import numpy
    from PIL import Image

    files = sorted(glob.glob(folder + "/*.png"))[:1024]
    arrays = [numpy.asarray(Image.open(f).convert("RGB").resize((EDGE, EDGE), Image.BILINEAR)) for f in files]
    return torch.from_numpy(numpy.stack(arrays)).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def unet(first):
    torch.manual_seed(0)
    model = UNet(first)
    return model.to(memory_format=torch.channels_last) if tuned else model


def abar():
    t = torch.arange(1001) / 1000
    f = torch.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    return (f / f[0]).clamp(min=1e-5)


def train(first, folder, steps):
    model, data, signal = unet(first), images(folder), abar()
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=2e-4, betas=(0.9, 0.99), weight_decay=0, **({"foreach": True} if tuned else {}))
    times = []
    for step in range(steps):
        begin = time.time()
        x0 = data[torch.randint(len(data), (BATCH,))]
        if tuned:
            x0 = x0.contiguous(memory_format=torch.channels_last)
        t = torch.randint(1, 1001, (BATCH,))
        a, eps = signal[t][:, None, None, None], torch.randn_like(x0)
        loss = F.mse_loss(model(a.sqrt() * x0 + (1 - a).sqrt() * eps, t), eps)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            if tuned:
                torch._foreach_mul_(average, 0.999)
                torch._foreach_add_(average, parameters, alpha=0.001)
            else:
                for p, ema in zip(parameters, average):
                    ema.mul_(0.999).add_(p, alpha=0.001)
        loss.item()
        times.append(time.time() - begin)
        if step == 0:
            start_up = time.time() - started
    return {"seconds": times, "peak_mb": peak_mb(), "start_up": start_up, "parameters": sum(p.numel() for p in parameters)}


@torch.no_grad()
def sample(first, steps):
    model, signal = unet(first).eval(), abar()
    x = torch.randn(BATCH, 3, EDGE, EDGE)
    model(x, torch.full((BATCH,), 1000))
    begin = time.time()
    times = torch.linspace(1000, 0, steps + 1).round().long().tolist()
    for t, s in zip(times, times[1:]):
        eps = model(x, torch.full((BATCH,), t))
        x0 = ((x - (1 - signal[t]).sqrt() * eps) / signal[t].sqrt()).clamp(-1, 1)
        x = signal[s].sqrt() * x0 + (1 - signal[s]).sqrt() * eps
    return {"images_per_second": BATCH / (time.time() - begin), "peak_mb": peak_mb()}


def load(folder, size):
    from torchvision import datasets, transforms

    data = datasets.ImageFolder(folder, transforms.Compose([transforms.Resize((size, size)), transforms.ToTensor()]))
    begin = time.time()
    for i in range(len(data)):
        data[i]
    return {"images_per_second": len(data) / (time.time() - begin)}


def photos(folder, count):
    """Smooth random fields with fine grain, whose files are as large as those of photographs."""
    import numpy
    from PIL import Image

    os.makedirs(folder + "/a", exist_ok=True)
    random = numpy.random.default_rng(0)
    for i in range(count):
        field = sum(numpy.kron(random.normal(size=(256 // k, 256 // k, 3)), numpy.ones((k, k, 1))) * w for k, w in ((64, 40), (16, 20), (4, 10), (1, 4)))
        Image.fromarray((128 + field).clip(0, 255).astype("uint8")).save(f"{folder}/a/{i:05d}.jpg", quality=90)
    return {"images": count}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what in ("train", "sample"):
        tuned = rest.pop(0) == "tuned"
    arguments = [int(r) if r.isdigit() else r for r in rest]
    print(json.dumps({"train": train, "sample": sample, "load": load, "photos": photos}[what](*arguments)))
