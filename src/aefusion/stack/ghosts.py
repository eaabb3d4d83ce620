"""What moved between the exposures of a bracket: where each contradicts the reference, and what it would have shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from aefusion.stack.weights import WELL_EXPOSED

SIDE = 768
"""The longer side, in pixels, at which exposures are compared."""
DIFFERS, SLIGHTLY = 0.08, 0.03
"""How far a value may be from what another exposure says it is, where 1 is white; and from where on it is doubtful."""
DARKEST, BRIGHTEST = 0.04, 0.96
"""Values beyond these may be cut off, and say nothing of how bright the scene is."""
AROUND = 3
"""Values that are found within so many pixels are no contradiction: exposures lie on each other to a pixel or so."""
SPECK, GROWN = 3, 9
"""Pixels: what is smaller is no ghost; by how much it is grown, for shadows and soft edges."""
QUANTILES = np.linspace(0, 100, 257)


@dataclass(frozen=True)
class Ghosts:
    """Where the pictures of a bracket show something else than its reference."""

    reference: int
    """The position of the picture that decides: the best exposed one."""
    masks: tuple[np.ndarray | None, ...]
    """For each picture, small, uint8: 255 where it contradicts; None where it does nowhere."""
    values: tuple[np.ndarray, ...]
    """For each picture the quantiles of its values, (channels, 257): a value of one is that of the same quantile in
    another."""

    def at(self, i: int, shape: tuple[int, ...]) -> np.ndarray | None:
        """bool (H, W), in full size, where a picture contradicts; None where it does nowhere."""
        import cv2

        mask = self.masks[i]
        if mask is None:
            return None
        return cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR) > 127

    def without(self, i: int, pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """A picture, float32, with what contradicts replaced by what the reference shows, in the picture's exposure."""
        where = self.at(i, pixels.shape)
        if where is None:
            return pixels
        pixels = pixels.copy()
        pixels[where] = as_exposed(reference[where], self.values[self.reference], self.values[i])
        return pixels


def find_ghosts(pictures: Callable[[], Iterable[np.ndarray]]) -> Ghosts:
    """Go once through a bracket, float32 (H, W) or (H, W, 3) each, aligned, and find what moved.

    From the reference on to darker and to brighter ones each picture is compared with the one before, of which the
    contradicting parts were replaced. Both are brought to one exposure first, by their quantiles; they contradict
    each other where a value is too far from what the other one says, and that one is not cut off there.
    """
    smalls = [_small(pixels) for pixels in pictures()]
    values = [_quantiles(small) for small in smalls]
    reference = int(np.argmax([_well_exposed(small) for small in smalls]))
    order = [int(i) for i in np.argsort([float(small.mean()) for small in smalls], kind="stable")]
    place = order.index(reference)
    masks: list[np.ndarray | None] = [None] * len(smalls)
    for way in (order[place + 1 :], order[:place][::-1]):
        before, latent = reference, smalls[reference]
        for i in way:
            mask = _contradiction(latent, smalls[i], values[before], values[i])
            if mask.any():
                masks[i] = mask
            said = as_exposed(latent, values[before], values[i])
            inside = (mask > 0) if latent.ndim == 2 else (mask > 0)[..., None]
            before, latent = i, np.where(inside, said, smalls[i])
    return Ghosts(reference, tuple(masks), tuple(values))


def as_exposed(pixels: np.ndarray, its: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Values of one exposure as they are in another one: at the same quantile. (..., channels) or (...)

    >>> levels = np.float32(np.linspace(0, 1, 257))[None]
    >>> as_exposed(np.float32([0.25, 0.5]), levels, levels / 2).tolist()
    [0.125, 0.25]
    """
    if len(its) == 1:
        return np.interp(pixels, its[0], other[0]).astype(np.float32)
    channels = [np.interp(pixels[..., k], its[k], other[k]) for k in range(len(its))]
    return np.stack(channels, -1).astype(np.float32)


def _contradiction(a: np.ndarray, b: np.ndarray, values_a: np.ndarray, values_b: np.ndarray) -> np.ndarray:
    """uint8 (h, w): 255 where two exposures show different things, without specks and grown a little."""
    import cv2

    in_b, in_a = _beyond(as_exposed(a, values_a, values_b), b), _beyond(as_exposed(b, values_b, values_a), a)
    knows_a, knows_b = ((x > DARKEST) & (x < BRIGHTEST) for x in (a, b))
    wrong = knows_a & (in_b > DIFFERS) & ((in_a > SLIGHTLY) | ~knows_b)
    wrong |= knows_b & (in_a > DIFFERS) & ((in_b > SLIGHTLY) | ~knows_a)
    mask = np.where(wrong if wrong.ndim == 2 else wrong.any(2), 255, 0).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(SPECK))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _disc(GROWN))
    return cv2.dilate(mask, _disc(GROWN))


def _beyond(said: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """How far values are from all that is said within a few pixels; the same shape."""
    import cv2

    square = np.ones((AROUND, AROUND), np.uint8)
    return np.maximum(shown - cv2.dilate(said, square), cv2.erode(said, square) - shown)


def _disc(size: int) -> np.ndarray:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _well_exposed(small: np.ndarray) -> float:
    """The mean of a bell about the middle gray: small where much is nearly black or white."""
    return float(np.exp(-((small - 0.5) ** 2) / (2 * WELL_EXPOSED**2)).mean())


def _small(pixels: np.ndarray) -> np.ndarray:
    import cv2

    factor = min(1.0, SIDE / max(pixels.shape[:2]))
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 0.8)


def _quantiles(small: np.ndarray) -> np.ndarray:
    channels = small.reshape(-1, 1 if small.ndim == 2 else small.shape[2])
    found = np.percentile(channels, QUANTILES, axis=0).T.astype(np.float32)
    return np.maximum.accumulate(found + np.linspace(0, 1e-5, len(QUANTILES), dtype=np.float32), axis=1)
