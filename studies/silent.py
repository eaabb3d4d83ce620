"""How many maps of networks are silent: above zero on none of the pairs that training keeps aside.

    python studies/silent.py DATA [--models aenetv2 FILE.safetensors ...] [--crop 128]

DATA holds training pairs, <task>/<dataset>/{a,b}/<stem>.*. All shipped weights, if none are named. With --crop only so
many pixels across, from the middle of each picture, which is quicker.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from aefusion.evolution.alive import Watch
from aefusion.evolution.data import read_pairs
from aefusion.evolution.keep_aside import keep_aside
from aefusion.network import MODELS
from aefusion.weights import find, load, shipped


def middle(picture: np.ndarray, size: int | None) -> np.ndarray:
    y, x = (max(0, n - (size or n)) // 2 for n in picture.shape)
    return picture[y : y + size, x : x + size] if size else picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="*", default=list(shipped()))
    parser.add_argument("--crop", type=int)
    options = parser.parse_args()
    aside = [(a, b) for _, a, b in keep_aside(list(read_pairs(options.data)), 0, 0.1)[1]]
    for name in options.models:
        arrays, metadata = load(find(name))
        network = MODELS[metadata["model"]].network(fast=True).eval()
        network.load_state_dict({key: torch.from_numpy(array) for key, array in arrays.items()}, strict=False)
        watch = Watch(network)
        with torch.no_grad():
            for a, b in aside:
                network(*(torch.from_numpy(middle(x, options.crop))[None, None] for x in (a, b)))
        print(f'    "{name}": {json.dumps(watch.counts())},', flush=True)


if __name__ == "__main__":
    main()
