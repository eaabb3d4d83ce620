from functools import cache
from importlib.resources import files
from math import lgamma

import cv2
import numpy as np

from aefusion.quality.arrays import gaussian, gray_levels

BLOCK = 96
_FEATURES = 18


def niqe(fused: np.ndarray, *, without_texture: float | None = None) -> float:
    """NIQE: how far the statistics of ``fused`` lie from natural pictures; 0 upwards, lower is better.

    Whole blocks of 96 x 96 count; those without any texture are left out. A picture that has no other raises
    ValueError, or gives ``without_texture`` where that is given. ``fused``: float32 (H, W) in [0, 1], at least 96 x 96.
    The natural model is the one of the authors' release: quality/niqe_model.md.
    Source: Mittal, Soundararajan, Bovik, 2013, Making a "completely blind" image quality analyzer.

    >>> x = np.float32(np.random.default_rng(0).random((96, 192)))
    >>> niqe(x) > 10
    True
    """
    blocks = features(fused)
    if not len(blocks) and without_texture is not None:
        return without_texture
    if not len(blocks):
        raise ValueError("NIQE is not defined for a picture without texture: no 96 x 96 block varies.")
    natural_mean, natural_covariance = _model()
    covariance = np.cov(blocks, rowvar=False) if len(blocks) > 1 else np.zeros_like(natural_covariance)
    difference = natural_mean - blocks.mean(axis=0)
    inverse = np.linalg.pinv((natural_covariance + covariance) / 2)
    return float(np.sqrt(difference @ inverse @ difference))


@cache
def _model() -> tuple[np.ndarray, np.ndarray]:
    with (files("aefusion.quality") / "niqe_model.npz").open("rb") as file, np.load(file) as model:
        return model["mean"], model["covariance"]


def features(picture: np.ndarray) -> np.ndarray:
    """The 36 features of each block that has texture, (blocks, 36): 18 at full size and 18 at half size."""
    height, width = (length // BLOCK * BLOCK for length in picture.shape)
    if not height or not width:
        return np.empty((0, 2 * _FEATURES))
    picture = gray_levels(picture[:height, :width])
    full = _block_features(_normalised(picture), BLOCK)
    half = _block_features(_normalised(_halved(picture)), BLOCK // 2)
    both = np.concatenate([full, half], axis=1)
    return both[np.isfinite(both).all(axis=1)]


def _normalised(picture: np.ndarray) -> np.ndarray:
    """The picture less its local mean, over its local standard deviation and 1."""
    window = gaussian(7, 7 / 6)
    mean = cv2.sepFilter2D(picture, -1, window, window, borderType=cv2.BORDER_REPLICATE)
    squares = cv2.sepFilter2D(picture * picture, -1, window, window, borderType=cv2.BORDER_REPLICATE)
    difference = picture - mean
    # In a constant window the authors' release is left with rounding errors, and counts their signs. Here it
    # is one sign everywhere, so that the value does not depend on the machine.
    difference[np.abs(difference) < 1e-9] = -1e-13
    return difference / (np.sqrt(np.abs(squares - mean * mean)) + 1)


def _halved(picture: np.ndarray) -> np.ndarray:
    """MATLAB's imresize by one half: the bicubic kernel stretched by two, eight taps; mirrored borders."""
    x = np.abs(np.arange(8) - 3.5) / 2
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    taps = np.where(x <= 1, near, far)
    taps /= taps.sum()
    filtered = cv2.sepFilter2D(picture, -1, taps, taps, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(filtered[::2, ::2])


def _block_features(picture: np.ndarray, size: int) -> np.ndarray:
    """The 18 features of each block: the shape of its values and of their products with four neighbours."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    blocks = picture.reshape(rows, size, columns, size).transpose(2, 0, 1, 3).reshape(-1, size, size)
    shape, left, right, _ = _asymmetric_gaussian(blocks)
    result = [shape, (left + right) / 2]
    for shift in ((0, 1), (1, 0), (1, 1), (-1, 1)):
        shape, left, right, mean = _asymmetric_gaussian(blocks * np.roll(blocks, shift, axis=(1, 2)))
        result += [shape, mean, left, right]
    return np.stack(result, axis=1)


def _asymmetric_gaussian(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shape, left and right scale, and mean of the asymmetric generalised Gaussian that fits each block.

    By moments (Lasmar, Stitou, Berthoumieu, 2009). NaN for a block whose values have one sign only.
    """
    values = blocks.reshape(len(blocks), -1)
    negative, squares = values < 0, values * values
    below = (squares * negative).sum(axis=1)
    total = squares.sum(axis=1)
    positive_count, negative_count = np.count_nonzero(values > 0, axis=1), np.count_nonzero(negative, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        left, right = np.sqrt(below / negative_count), np.sqrt((total - below) / positive_count)
        skew = left / right
        observed = np.abs(values).mean(axis=1) ** 2 / (total / values.shape[1])
        observed *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shapes, ratios, spread, offset = _table()
    known = np.isfinite(observed)
    place = np.clip(np.searchsorted(ratios, np.where(known, observed, 0)), 1, len(ratios) - 1)
    place -= np.abs(ratios[place - 1] - observed) <= np.abs(ratios[place] - observed)
    left, right = left * spread[place], right * spread[place]
    return np.where(known, shapes[place], np.nan), left, right, (right - left) * offset[place]


@cache
def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shapes 0.2 to 10 in steps of 0.001; what they make of the moments; scale and offset for each."""
    shapes = np.arange(200, 10001) / 1000
    log_1, log_2, log_3 = (np.array([lgamma(k / shape) for shape in shapes]) for k in (1, 2, 3))
    return shapes, np.exp(2 * log_2 - log_1 - log_3), np.exp((log_1 - log_3) / 2), np.exp(log_2 - log_1)
