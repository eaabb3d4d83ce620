"""How good a network in training is, on the pairs that it never learns from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from aefusion.evolution.alive import Watch
from aefusion.evolution.examples import Example
from aefusion.network.module import Network
from aefusion.quality.qabf import qabf
from aefusion.quality.ssim import ssim
from aefusion.quality.viff import viff


@torch.no_grad()
def validate(
    network: Network, weights: Mapping[str, torch.Tensor], aside: Sequence[Example], device: torch.device | str
) -> dict[str, Any]:
    """Distance to the teacher and quality of the pairs kept aside, by a network of that kind with those weights.

    Means over all of them, and under "tasks" those of each task: ``l1``, distance to the teacher's picture; ``swap``,
    what swapping the sources changes; ``shift``, how much brighter than the teacher's picture; Qabf, VIFF and SSIM.
    Under "silent" stands for each layer with an activation how many of its maps are above zero on none of them.
    """
    copy = type(network)(network.graph, fast=True).to(device).eval()
    copy.load_state_dict(weights)
    watch = Watch(copy)

    def fuse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return copy(*(torch.from_numpy(x)[None, None].to(device) for x in (a, b)))[0, 0].cpu().numpy()

    rows: dict[str, list[dict[str, float]]] = {}
    for example in aside:
        a, b, target = example.a, example.b, example.target
        fused = fuse(a, b)
        row = {
            "l1": np.abs(fused - target).mean(),
            "swap": np.abs(fused - fuse(b, a)).mean(),
            "shift": float((fused - target).mean()),
            "Qabf": qabf(a, b, fused),
            "VIFF": viff(a, b, fused),
            "SSIM": ssim(a, b, fused),
        }
        rows.setdefault(example.task, []).append(row)
    every = [row for group in rows.values() for row in group]
    tasks = {task: _means(group) for task, group in rows.items()}
    return _means(every) | {"tasks": tasks, "silent": watch.counts()}


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} if rows else {}
