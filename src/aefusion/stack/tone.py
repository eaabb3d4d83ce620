import numpy as np

KNEE = 0.75
"""How much of the range stays as it is, on the side that is rolled off."""
BEYOND = 0.1
"""The percentage of values on either side that may be cut off."""


def roll_off(picture: np.ndarray) -> np.ndarray:
    """Values beyond black and white brought back into [0, 1] by a smooth curve, instead of cut off.

    Blended exposures of a wide range leave [0, 1], often by a third, and deep shadows would all be black. ``picture``:
    float32, any shape. Returns float32 in [0, 1]; a picture that does not leave it stays the same.

    >>> roll_off(np.float32([0.1, 0.5, 0.9])).tolist() == np.float32([0.1, 0.5, 0.9]).tolist()
    True
    """
    sample = picture[tuple(slice(None, None, max(1, side // 1024)) for side in picture.shape)]
    low, high = np.percentile(sample, [BEYOND, 100 - BEYOND])
    if high > 1:
        picture = _upper_side(picture, float(high))
    if low < 0:
        picture = 1 - _upper_side(1 - picture, float(1 - low))
    return np.clip(picture, 0, 1)


def _upper_side(picture: np.ndarray, top: float) -> np.ndarray:
    """From the knee on a curve that begins with slope 1 and ends, with slope 0, where ``top`` becomes white."""
    reach, room = np.float32(top - KNEE), np.float32(1 - KNEE)
    rest = np.clip(1 - (picture - KNEE) / reach, 0, 1)
    return np.where(picture > KNEE, KNEE + room * (1 - rest ** (reach / room)), picture)
