#!/usr/bin/env python3
"""Make the files of torch.save that the tests read: tests/Diffuse.Tests/Numerics/{zip,legacy}.pt.

torch-files.py          needs PyTorch (Debian: python3-torch)

Both hold the same: tensors of every type, nested, a parameter, views of one storage that are not contiguous, an empty tensor, and things that are no
tensors. Values are arange, so that the tests know them without a list.
"""

import collections
import pathlib

import torch

OUT = pathlib.Path(__file__).parent.parent / "tests/Diffuse.Tests/Numerics"

whole = torch.arange(24, dtype=torch.float32)
content = {
    "state_dict": collections.OrderedDict(
        {
            "conv.weight": torch.nn.Parameter(torch.arange(12, dtype=torch.float32).reshape(2, 3, 2)),
            "transposed": whole.reshape(4, 6).t(),
            "slice": whole[4:20:2],
            "scalar": torch.tensor(7.0, dtype=torch.float64),
            "empty": torch.zeros(0, 5),
        }
    ),
    "types": [torch.arange(6).to(dtype) for dtype in (torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)],
    "epoch": 3,
    "big": 1 << 70,
    "name": "größe",
    "settings": {"lr": 1e-3, "shape": torch.Size([2, 3]), "flags": (True, False, None), 5: [1, -2, 300, -70000]},
}
content["state_dict"]._metadata = collections.OrderedDict({"": {"version": 1}})
torch.save(content, OUT / "zip.pt")
torch.save(content, OUT / "legacy.pt", _use_new_zipfile_serialization=False)
