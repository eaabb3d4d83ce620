import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aefusion.learned.layers import convolution, joined
from aefusion.learned.ready import Weights, ready
from aefusion.learned.run import run

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
GRAY = (0.299, 0.587, 0.114)
REACH = 5
RULES = ("max", "sum", "mean")


class Block(nn.Module):
    """A convolution, batch norm, ReLU."""

    def __init__(self):
        super().__init__()
        self.conv = convolution(64, 64, padding="replicate", bias=False)
        self.bn = nn.BatchNorm2d(64)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class IFCNN(nn.Module):
    """Two layers for each source, an element-wise rule, two layers more; 83,587 parameters.

    Any number of gray pictures (N, 1, H, W) in [0, 1]; the result is (N, 3, H, W) in the same range, RGB.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = convolution(3, 64, 7, "replicate", bias=False)
        self.conv2 = Block()
        self.conv3 = Block()
        self.conv4 = nn.Conv2d(64, 3, 1)
        self.rule, self.normalise = "max", True

    def forward(self, *pictures: Tensor) -> Tensor:
        mean, deviation = torch.tensor([MEAN, DEVIATION], device=pictures[0].device)[:, :, None, None]
        if not self.normalise:
            mean, deviation = torch.zeros_like(mean), torch.ones_like(deviation)
        maps = torch.stack([self.conv2(self.conv1((joined(x, x, x) - mean) / deviation)) for x in pictures])
        fused = maps.amax(dim=0) if self.rule == "max" else maps.sum(dim=0) if self.rule == "sum" else maps.mean(dim=0)
        return self.conv4(self.conv3(fused)) * deviation + mean


def ifcnn(
    a: np.ndarray,
    b: np.ndarray,
    *more: np.ndarray,
    rule: str | None = None,
    normalise: bool | None = None,
    as_reference: bool = False,
    weights: Weights | None = None,
) -> np.ndarray:
    """IFCNN: features of each source by two convolutions, their maximum, sum or mean, and the picture of it.

    ``a``, ``b``, and any more: float32 (H, W) in [0, 1]. ``rule``: "max", "sum" or "mean"; if not given, that of the
    weights. ``normalise``: whether the pictures are normalised by the mean and deviation of ImageNet, as in the results
    that the authors published; if not given, yes, but not with the weights "mean", as their script has it.
    ``as_reference``: the three channels of the result cut to whole gray levels before the luminance is taken, as the
    authors write them. ``weights``: the name of an installed set (see `aefusion weights`): "max", "sum" or "mean" of
    the authors'; a file, or a state dict. Returns float32 (H, W) in [0, 1].

    Y. Zhang, Y. Liu, P. Sun, H. Yan, X. Zhao, L. Zhang, 2020, IFCNN: a general image fusion framework based on
    convolutional neural network.
    """
    network = ready("ifcnn", IFCNN, weights)
    rule = rule or (weights if isinstance(weights, str) and weights in RULES else "max")
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}: give 'max', 'sum' or 'mean'")
    network.rule, network.normalise = rule, weights != "mean" if normalise is None else normalise
    colour = np.clip(run(network, a, b, *more, reach=REACH), 0, 1)
    if as_reference:
        cut = np.floor(255 * colour).astype(np.uint8).transpose(1, 2, 0)
        return cv2.cvtColor(np.ascontiguousarray(cut), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return np.clip(np.tensordot(np.array(GRAY, np.float32), colour, 1), 0, 1)
