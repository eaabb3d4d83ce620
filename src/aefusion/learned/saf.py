import numpy as np
import torch
from torch import Tensor, nn

from aefusion.learned.aenet import LEAST, AENet
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run


class SAF(AENet):
    """The reconstruction of AE-Net with a second head, of what people look at; 16,493,744 parameters."""

    def __init__(self):
        super().__init__()
        self.saliency = nn.Conv2d(128, 1, 1)

    def attended(self, maps: Tensor) -> Tensor:
        """What people look at, (N, 1, h, w) in [0, 1], from maps of the top-down path; for training."""
        return torch.sigmoid(self.saliency(maps))


def saf(a: np.ndarray, b: np.ndarray, *, weights: Weights | None = None) -> np.ndarray:
    """SAF (reconstruction): the network of `aenet`, trained with what people look at as a second task.

    ``a``, ``b``: float32 (H, W) in [0, 1]. ``weights``: the name of an installed set (see `aefusion weights`), a file,
    or a state dict. Returns float32 (H, W) in [0, 1].

    Neither code nor weights were published. Known is that a network for fusion and one for attention are trained
    together, and that AE-Net is this network after pruning; the layers are ours, and its results are not the paper's.

    After A. Fang, X. Zhao, Y. Zhang, 2019, Cross-modal image fusion theory guided by subjective visual attention.
    """
    return run(ready("saf", SAF, weights), a, b, least=LEAST)[0]
