"""Quality of networks and methods on a tree of test pairs, as the table of a model card.

    python studies/weights.py DATA [--models aenetv2 ...] [--methods lp average ...] [--write CARD.md]

DATA holds <task>/<dataset>/{a,b}/<stem>.*. As in the paper all pictures become gray, 8 bit. Metrics are the textbook
ones (`convention="paper"`), SSIM the mean over both sources. Beside them: `shift`, how much brighter than the mean of
the sources the result is, `swap`, how much it changes when the sources are swapped, and `same`, how much one picture
fused with itself changes: means in gray levels. --write puts the table between the markers of a card.
"""

import argparse
from itertools import groupby
from pathlib import Path

import numpy as np

from aefusion import Fuser, score
from aefusion.image import read
from aefusion.image.colour import luminance
from aefusion.image.pair_tree import tree
from aefusion.markers import fill_file

METRICS = ("Qabf", "VIFF", "SSIM", "EN", "AG", "MI", "NIQE", "PSNR")


def gray(path: Path) -> np.ndarray:
    return np.uint8(np.rint(luminance(read(path).pixels) * 255))


def row(fuser: Fuser, a: np.ndarray, b: np.ndarray) -> list[float]:
    fused = fuser(a, b).astype(float)
    values = score(a, b, fused.astype(np.uint8), metrics=METRICS)
    shift = (fused - (a.astype(float) + b) / 2).mean()
    swap, same = np.abs(fuser(b, a) - fused).mean(), np.abs(fuser(a, a) - a.astype(float)).mean()
    return [*values.values(), shift, swap, same]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="*", default=["aenetv2"])
    parser.add_argument("--methods", nargs="*", default=["lp", "average"])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    fusers = [Fuser(model) for model in options.models] + [Fuser(method=method) for method in options.methods]
    names = ("set", "pairs", "by", *METRICS, "shift", "swap", "same")
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for name, group in groupby(tree(options.data), lambda pair: pair.full_name.rpartition("/")[0]):
        sources = [(gray(pair.a), gray(pair.b)) for pair in group]
        for fuser in fusers:
            means = np.mean([row(fuser, a, b) for a, b in sources], axis=0)
            cells = [name, str(len(sources)), Path(fuser.name).stem, *(f"{value:.3f}" for value in means)]
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    if options.write:
        fill_file(options.write, "quality", lambda _: "\n".join(lines))


if __name__ == "__main__":
    main()
