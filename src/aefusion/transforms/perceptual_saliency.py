"""How much of a picture the eye perceives, by Mannos and Sakrison's contrast sensitivity."""

import cv2
import numpy as np


def relative_saliency(gray_levels: np.ndarray, reference: np.ndarray) -> float:
    """The perceptual saliency of one picture over that of another, both in gray levels, float (H, W).

    1 where neither has any.
    """
    saliency, other = perceptual_saliency(gray_levels), perceptual_saliency(reference)
    if other == 0:
        return 1.0 if saliency == 0 else float("inf")
    return saliency / other


def perceptual_saliency(gray_levels: np.ndarray, block: int = 40, resolution: float = 32.0) -> float:
    """How much of a picture in gray levels, float (H, W), the eye perceives, averaged where its edges are.

    Each block's spectrum is weighted by Mannos and Sakrison's contrast sensitivity, ``resolution`` being the
    cycles per degree at the sampling rate; the blocks are averaged with their squared gradients as weights.
    Without edges it is 0.

    Zhou, Dong, Xie and Gao, 2016, "Fusion of infrared and visible images for night-vision context
    enhancement", Applied Optics 55(23).
    """
    gray_levels = np.asarray(gray_levels, np.float64)
    height, width = gray_levels.shape[0] - 2, gray_levels.shape[1] - 2
    if height < 1 or width < 1:
        return 0.0
    across, down = cv2.Sobel(gray_levels, -1, 1, 0), cv2.Sobel(gray_levels, -1, 0, 1)
    gradient = (across * across + down * down)[1:-1, 1:-1]
    inner = gray_levels[1:-1, 1:-1]
    weighted = total = 0.0
    for top in range(0, height, block):
        for left in range(0, width, block):
            here = np.s_[top : top + block, left : left + block]
            weight = gradient[here].sum()
            weighted += weight * _perceived_energy(inner[here], resolution)
            total += weight
    return weighted / total if total > 0 else 0.0


def _perceived_energy(block: np.ndarray, resolution: float) -> float:
    """The energy per pixel that is left of a block behind the eye's contrast sensitivity."""
    rows, columns = (np.fft.fftfreq(length) * resolution for length in block.shape)
    frequency = 0.114 * np.hypot(rows[:, None], columns)
    sensitivity = 2.6 * (0.0192 + frequency) * np.exp(-(frequency**1.1))
    return float(np.linalg.norm(np.fft.fft2(block) * sensitivity) / block.size)
