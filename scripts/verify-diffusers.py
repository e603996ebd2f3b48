#!/usr/bin/env python3
"""Draw with diffusers from the noise that diffuse drew from, and print how far the images are apart.

verify-diffusers.py FOLDER NUMBERS STEPS GUIDANCE PROMPT        called by verify-diffusers
"""

import sys

import torch
from diffusers import DiffusionPipeline
from safetensors.torch import load_file

folder, numbers, steps, guidance, prompt = sys.argv[1], load_file(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
pipe = DiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32)
x, scheduler, unet = numbers["x_T"], pipe.scheduler, pipe.unet
autoencoder = getattr(pipe, "vae", None) or getattr(pipe, "vqvae", None)


@torch.no_grad()
def states(text):
    ids = pipe.tokenizer([text] * len(x), padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt").input_ids
    return pipe.text_encoder(ids)[0]


@torch.no_grad()
def noise(x, t):
    if getattr(pipe, "text_encoder", None) is None:
        return unet(x, t).sample
    with_text, without = unet(x, t, encoder_hidden_states=told).sample, unet(x, t, encoder_hidden_states=nothing).sample
    return without + guidance * (with_text - without)


if getattr(pipe, "text_encoder", None) is not None:
    told, nothing = states(prompt), states("")
scheduler.set_timesteps(steps)
x = x * scheduler.init_noise_sigma
for t in scheduler.timesteps:
    x = scheduler.step(noise(scheduler.scale_model_input(x, t), t), t, x).prev_sample
with torch.no_grad():
    images = x if autoencoder is None else autoencoder.decode(x / autoencoder.config.scaling_factor).sample
apart = (images.clamp(-1, 1) - numbers["images"]).abs()
print(f"{type(pipe).__name__}: largest difference {apart.max():.2e}, mean {apart.mean():.2e}, of images in [-1, 1]")
sys.exit(0 if apart.max() < 1e-2 else 1)
