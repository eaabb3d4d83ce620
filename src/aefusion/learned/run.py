import numpy as np
import torch
from torch import nn

PIXELS = 1 << 20
"""Larger pictures go through a network in strips, where it looks no further than a known number of pixels."""


def run(network: nn.Module, *pictures: np.ndarray, least: int = 2, reach: int | None = None) -> np.ndarray:
    """What a network makes of gray pictures, float32 (H, W) each: float32 (channels, H, W).

    The network takes each as (1, 1, H, W). ``least``: the smallest height and width that it takes; smaller pictures are
    continued by their last row and column, and cut again. ``reach``: how many pixels away it looks; if it is given,
    large pictures go through in strips, which gives the same result in less memory. Without it the whole picture counts
    at each pixel.
    """
    height, width = pictures[0].shape
    margin = [(0, max(0, least - length)) for length in (height, width)]
    inputs = [torch.from_numpy(np.pad(np.asarray(x, np.float32), margin, "edge"))[None, None] for x in pictures]
    rows, columns = inputs[0].shape[2:]
    step = rows if reach is None else max(PIXELS // columns, reach, least, 64)
    parts = []
    with torch.inference_mode():
        for top in range(0, rows, step):
            begin, end = max(0, top - (reach or 0)), min(rows, top + step + (reach or 0))
            part = network(*(x[:, :, begin:end] for x in inputs))[0]
            parts.append(part[:, top - begin : min(rows, top + step) - begin])
    return torch.cat(parts, dim=1)[:, :height, :width].numpy()
