import torch
import torch.nn.functional as F
from torch import Tensor

from aefusion.evolution.losses import gaussian_window

SIZE = 11
C = 0.03**2


def mef_ssim_loss(a: Tensor, b: Tensor, fused: Tensor) -> Tensor:
    """1 - MEF-SSIM on one scale, with gradients; `quality.mef_ssim` with ``scales=1`` is its value.

    How far ``fused`` is, patch by patch, from the strongest structure of the sources; brightness does not count.
    Pictures: float (N, 1, H, W) in [0, 1], at least 11 pixels a side.

    Ma, Zeng, Wang, 2015, Perceptual quality assessment for multi-exposure image fusion; as a loss: Prabhakar et al.
    2017, DeepFuse.
    """
    line = gaussian_window(SIZE, 1.5).to(a)
    window, box = line[:, None] * line, torch.full((SIZE, SIZE), 1 / SIZE**2).to(a)

    def moment(x: Tensor, y: Tensor, of: Tensor) -> Tensor:
        mean_x, mean_y, mean_xy = (F.conv2d(z, of[None, None]) for z in (x, y, x * y))
        return mean_xy - mean_x * mean_y

    with torch.no_grad():
        aa, bb, ab = (SIZE**2 * moment(x, y, box) for x, y in ((a, a), (b, b), (a, b)))
        length_a, length_b = aa.clamp_min(0).sqrt(), bb.clamp_min(0).sqrt()
        both = (aa + bb + 2 * ab).clamp_min(0).sqrt()
        agreement = ((both + 1e-12) / (length_a + length_b + 1e-12)).clamp(0, 1)
        power = torch.tan(torch.pi / 2 * agreement)
        power = torch.where((power < 0) | (power > 10), 10, power)
        length_a, length_b = length_a + 0.001 / 255, length_b + 0.001 / 255
        weight_a, weight_b = ((x * 255 / SIZE) ** power + 1e-16 for x in (length_a, length_b))
        share = weight_a / (weight_a + weight_b)
        part_a, part_b = share / length_a, (1 - share) / length_b
        length = (part_a**2 * aa + part_b**2 * bb + 2 * part_a * part_b * ab).clamp_min(0).sqrt()
        scale = torch.where(length > 1e-9, torch.maximum(length_a, length_b) / length.clamp_min(1e-9), 0)
        part_a, part_b = part_a * scale, part_b * scale
        variance = part_a**2 * moment(a, a, window) + part_b**2 * moment(b, b, window)
        variance = variance + 2 * part_a * part_b * moment(a, b, window)
    covariance = part_a * moment(a, fused, window) + part_b * moment(b, fused, window)
    return 1 - ((2 * covariance + C) / (variance + moment(fused, fused, window) + C)).mean()
