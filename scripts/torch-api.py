#!/usr/bin/env python3
"""Cut a list of TorchSharp's public interface down to what the binding has.

torch-api.py LIST [OURS]

LIST: the package's interface, a member a line: type, kind, signature, tab-separated.
OURS: the binding's, in the same form; without it, the names that the present cut holds.
Writes tests/Diffuse.Tests/Torch/torchsharp-api.txt.gz: every line of LIST whose type, kind and member name occur in the
binding. Overloads that the binding lacks are kept, so that the test finds them missing.
"""

import gzip
import pathlib
import re
import sys

CUT = pathlib.Path(__file__).parent.parent / "tests/Diffuse.Tests/Torch/torchsharp-api.txt.gz"


def key(line):
    owner, kind, signature = line.split("\t")
    if kind in ("type", "delegate", "ctor"):
        return owner, kind, ""
    end = {"indexer": r"\[", "property": r" \{", "field": "$", "enumvalue": " = "}.get(kind, r"(<[^(]*>)?\(")
    name = re.search(" " + re.escape(owner) + r"\.(\w+)" + end, signature)
    return owner, kind, name.group(1)


def main():
    listed = pathlib.Path(sys.argv[1]).read_text().splitlines()
    ours = pathlib.Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else gzip.decompress(CUT.read_bytes()).decode()
    names = {key(line) for line in ours.splitlines()}
    kept = sorted({line for line in listed if key(line) in names})
    CUT.write_bytes(gzip.compress("".join(line + "\n" for line in kept).encode(), mtime=0))
    print(f"{len(kept)} of {len(listed)} lines")


main()
