"""The turns of scripts/bench, which sets up what this needs."""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS, STEPS = int(os.environ.get("ROUNDS", 3)), int(os.environ.get("STEPS", 10))
WARM_UP = 4  # steps of training in which .NET compiles and memory is taken from the system, on neither side counted
SIZES = {"7.0M": 64, "1.7M": 32}
WORK = pathlib.Path(tempfile.mkdtemp())
SMOKE = ROOT / "configs" / "smoke.yaml"


def run(command, **environment):
    """Standard output of a program."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=WORK, env=os.environ | environment)
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{errors}")
    return output


def twin(*arguments, **environment):
    return json.loads(run([sys.executable, ROOT / "scripts" / "bench-twin.py", *arguments], **environment))


def diffuse(*arguments, **environment):
    return run([ROOT / "scripts" / "diffuse", "--quiet", *arguments], **environment).strip()


def twin_trained(mode, channels, **environment):
    result = twin("train", mode, channels, ROOT / "data" / "emoji", WARM_UP + STEPS, **environment)
    return result | {"images_per_second": settled(result["seconds"])}


def settled(seconds):
    """Images a second of steps of 64 images after the warm-up."""
    return 64 * len(seconds[WARM_UP:]) / sum(seconds[WARM_UP:])


def benchmark(*arguments, **environment):
    command = ["dotnet", "run", "--project", ROOT / "tests" / "Diffuse.Benchmarks", "-c", "Release", "--no-build", "--", *arguments]
    return json.loads(run(command, **environment))


def config(channels, images, **training):
    path = WORK / f"bench-{channels}.yaml"
    settings = dict(duration=images, batch=64, learning_rate=2.0e-4, weight_decay=0, warmup=0, log_every=64, checkpoint_every=0, sample_every=0, validate_every=0)
    path.write_text(f"""
data: {{ path: '{ROOT}/data/emoji', resolution: 32, channels: 3, background: '#ffffff', labels: false, held_out: 0 }}
process: cosine
network: {{ kind: unet, channels: [{channels}, {2 * channels}, {2 * channels}], blocks: 2, attention_levels: [1], heads: 4, head_size: null }}
training: {{ {', '.join(f'{key}: {str(value).lower()}' for key, value in (settings | training).items())} }}
""")
    return path


def trained(channels, steps=STEPS, environment=None, **training):
    """What our own run says: as bench-twin.py does, and which arithmetic it chose."""
    start = time.time()
    folder = diffuse("train", "--config", config(channels, 64 * (WARM_UP + steps), **training), "--new", "--runs", WORK / "runs", **(environment or {}))
    lines = [json.loads(line) for line in (WORK / folder / "metrics.jsonl").read_text().splitlines()]
    first = time.mktime(time.strptime(lines[0]["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0" + lines[0]["time"][19:-1])
    chosen = re.search(r"^precision: (\w+)", (WORK / folder / "config.yaml").read_text(), re.M)[1]
    return {
        "images_per_second": settled([64 / line["images_per_sec"] for line in lines]),
        "peak_mb": max(line["peak_rss"] for line in lines) / 2**20,
        "start_up": first - start,
        "precision": chosen,
    }


def compare(title, key, turns, unit=""):
    """Medians over the turns, and the ratios of ours with their least and greatest."""
    print(f"{title}: " + ", ".join(f"{name} {statistics.median(turn[name][key] for turn in turns):.4g}{unit}" for name in turns[0]))
    for other in [name for name in turns[0] if name != "diffuse"]:
        ratios = sorted((turn["diffuse"][key] / turn[other][key]) for turn in turns)
        print(f"    diffuse is {statistics.median(ratios):.2f} times {other} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def take_turns(programs):
    return [{name: program() for name, program in programs.items()} for _ in range(ROUNDS)]


def train():
    for size, channels in SIZES.items():
        turns = take_turns({
            "diffuse": lambda: trained(channels),
            "plain": lambda: twin_trained("plain", channels),
            **({"tuned": lambda: twin_trained("tuned", channels)} if has_bf16() else {}),
        })
        print(f"== training, U-Net of {size} parameters, {turns[0]['diffuse']['precision']}, {ROUNDS} turns of {STEPS} steps after {WARM_UP}")
        compare("images a second", "images_per_second", turns)
        compare("peak memory", "peak_mb", turns, unit=" MB")
        compare("start to end of the first step", "start_up", turns, unit=" s")
        roofline = diffuse("train", "--config", config(channels, 64), "--profile").split("\n\n")[-1]
        print(roofline)


def fallback():
    limit = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}
    turns = take_turns({
        "diffuse": lambda: trained(64, environment=limit),
        "plain": lambda: twin_trained("plain", 64, **limit),
    })
    print(f"== training without bf16 instructions (oneDNN held to AVX2), {turns[0]['diffuse']['precision']} chosen")
    compare("images a second", "images_per_second", turns)


def sample():
    for size, channels in SIZES.items():
        turns = take_turns({
            "diffuse": lambda: benchmark("sampling", "--channels", channels, 2 * channels, 2 * channels, "--steps", STEPS),
            "plain": lambda: twin("sample", "plain", channels, STEPS),
            **({"tuned": lambda: twin("sample", "tuned", channels, STEPS)} if has_bf16() else {}),
        })
        outside = statistics.median(turn["diffuse"]["outside_network"] for turn in turns)
        print(f"== sampling 64 images of 32x32, U-Net of {size} parameters, {turns[0]['diffuse']['precision']}, DDIM in {STEPS} steps; {outside:.2%} of the time is outside the network")
        compare("images a second", "images_per_second", turns)


def load():
    count = 1000
    twin("photos", WORK / "photos", count)
    one = dict(OMP_NUM_THREADS="1")
    turns = take_turns({
        "diffuse": lambda: benchmark("load", "--images", WORK / "photos", "--size", 64, "--workers", 1, **one),
        "torchvision": lambda: twin("load", WORK / "photos", 64, **one),
    })
    print(f"== {count} JPEG files of 256x256 decoded and resized to 64x64, one core")
    compare("images a second", "images_per_second", turns)
    print(f"    from the cache: {statistics.median(turn['diffuse']['cached'] for turn in turns):.3g} images a second")


def recompute():
    turns = take_turns({"diffuse": lambda: trained(64, gradient_checkpointing=True), "without": lambda: trained(64)})
    print("== gradient checkpointing, U-Net of 7.0M parameters")
    compare("images a second", "images_per_second", turns)
    compare("peak memory", "peak_mb", turns, unit=" MB")


def predict():
    steps = 2 * STEPS
    for size, channels in SIZES.items():
        plan = diffuse("train", "--config", config(channels, 64 * steps), "--dry-run")
        memory, speed = float(re.search(r"memory (\d+) MB", plan)[1]), float(re.search(r"([\d.]+) images a second here", plan)[1])
        result = trained(channels, steps=steps)
        print(f"== prediction, U-Net of {size} parameters: memory {memory:.0f} MB, was {result['peak_mb']:.0f} ({memory / result['peak_mb'] - 1:+.1%}); "
              f"{speed:.1f} images a second, were {result['images_per_second']:.1f} ({speed / result['images_per_second'] - 1:+.1%})")


def flat():
    folder = diffuse("train", "--config", SMOKE, "--new", "--runs", WORK / "runs", "--set", "training.duration=160k", "--set", "training.batch=16",
                     "--set", "training.log_every=1600", "--set", "training.checkpoint_every=0", "--set", "training.sample_every=0", "--set", "training.validate_every=0")
    lines = [json.loads(line) for line in (WORK / folder / "metrics.jsonl").read_text().splitlines()]
    settled = [line["rss"] / 2**20 for line in lines if line["step"] > 1000]
    print(f"== {lines[-1]['step']} steps of configs/smoke.yaml: resident memory {min(settled):.1f} to {max(settled):.1f} MB after the first thousand, "
          f"{settled[-1] / settled[0] - 1:+.2%} from its start to its end")


def has_bf16():
    return bool(re.search(r"\b(amx_bf16|avx512_bf16)\b", pathlib.Path("/proc/cpuinfo").read_text()))


if __name__ == "__main__":
    try:
        for name in sys.argv[1:] or ["train", "sample", "load", "fallback", "recompute", "predict", "flat"]:
            globals()[name]()
    finally:
        shutil.rmtree(WORK)
