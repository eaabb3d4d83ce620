"""What networks and methods do wrong, in gray levels, on a tree of pairs: the faults that no quality index counts.

    python studies/faults.py DATA [--models aenetv2 FILE.safetensors ...] [--methods lp ...]

DATA holds <task>/<dataset>/{a,b}/<stem>.*. All pictures become gray, 8 bit. A row is the mean over the pairs of a task:

- same: what changes when a picture is fused with itself.
- swap: what changes when the sources are swapped.
- alone: of what one source alone shows (the other is black there), the share of the contrast that is kept: 1 is all.
- black: how bright it is where both sources are black.
- halo: how far the picture leaves the range that the sources have within 2 pixels.
- noise: two even pictures with the means of the sources and noise of 3 levels each: the noise of the result by one's.
"""

import argparse
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

from aefusion import Fuser
from aefusion.evolution.alone import alone
from aefusion.evolution.losses import halo
from aefusion.image import read
from aefusion.image.colour import luminance
from aefusion.image.pair_tree import tree

COLUMNS = ("same", "swap", "alone", "black", "halo", "noise")


def gray(path: Path) -> np.ndarray:
    return np.uint8(np.rint(luminance(read(path).pixels) * 255))


def kept_alone(a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
    """Of the one source's deviations from its mean the share that the result has, where it alone shows something."""
    tensors = [torch.from_numpy(x / np.float32(255))[None, None] for x in (a, b)]
    kept, total = 0.0, 0.0
    for source, weight in zip((a, b), alone(*tensors), strict=True):
        weight = weight[0, 0].numpy()
        if weight.sum() < 500:
            continue
        x, y = source.astype(float), fused.astype(float)
        x, y = x - np.average(x, weights=weight), y - np.average(y, weights=weight)
        kept, total = kept + (weight * x * y).sum(), total + (weight * x * x).sum()
    return kept / total if total else np.nan


def row(fuser: Fuser, a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> list[float]:
    fused = fuser(a, b)
    f = fused.astype(float)
    tensors = [torch.from_numpy(x / np.float32(255))[None, None] for x in (fused, a, b)]
    both_black = (a <= 1) & (b <= 1)
    even = [np.full((128, 128), np.clip(x.mean(), 20, 235)) for x in (a, b)]
    noisy = [np.uint8(np.rint(x + rng.normal(0, 3, x.shape))) for x in even]
    return [
        np.abs(fuser(a, a) - a.astype(float)).mean(),
        np.abs(fuser(b, a) - f).mean(),
        kept_alone(a, b, fused),
        f[both_black].mean() if both_black.sum() > 500 else np.nan,
        255 * float(halo(*tensors)),
        fuser(*noisy).astype(float).std() / noisy[0].std(),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="*", default=["aenetv2"])
    parser.add_argument("--methods", nargs="*", default=["lp"])
    options = parser.parse_args()
    fusers = [Fuser(model) for model in options.models] + [Fuser(method=method) for method in options.methods]
    print("| task | pairs | by | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    for task, group in groupby(tree(options.data), lambda pair: pair.task):
        sources = [(gray(pair.a), gray(pair.b)) for pair in group]
        for fuser in fusers:
            rng = np.random.default_rng(0)
            rows = np.array([row(fuser, a, b, rng) for a, b in sources])
            cells = [f"{np.nanmean(c):.2f}" if np.isfinite(c).any() else "" for c in rows.T]
            print("| " + " | ".join([task, str(len(sources)), Path(fuser.name).stem, *cells]) + " |", flush=True)


if __name__ == "__main__":
    main()
