"""The values by which a file of measured numbers says that nothing was measured."""

import numpy as np

NO_DATA = 42113
"""The tag in which GDAL writes the value that means no data, as text."""
SENTINELS = (-9999, -10000, -32767, -32768, 3.4028234663852886e38, -3.4028234663852886e38)
"""What such values are where a file does not say so: no thermometer measures them."""


def without_value(stored: np.ndarray, declared: str | None = None) -> np.ndarray:
    """Where a picture has no data: bool (H, W).

    ``stored``: (H, W), any kind of numbers. ``declared``: what the file says in the tag `NO_DATA`. Besides that value:
    NaN and infinity; of floats and signed integers `SENTINELS`; and of floats 0, where all other values are farther
    from 0 than their own range is wide.

    >>> without_value(np.array([[-9999, 20.5], [np.nan, 21]])).tolist()
    [[True, False], [True, False]]
    """
    empty = np.zeros(stored.shape, bool)
    values = [value for value in (_number(declared),) if value is not None]
    if stored.dtype.kind in "fi":
        values += SENTINELS
        if stored.dtype.kind == "f":
            empty |= ~np.isfinite(stored)
    for value in values:
        # As stored: a float file holds the nearest number that its type has.
        if stored.dtype.kind == "f":
            value = stored.dtype.type(value) if abs(value) <= np.finfo(stored.dtype).max else value
        empty |= stored == value
    if stored.dtype.kind == "f" and not empty.all():
        rest = stored[~empty & (stored != 0)]
        low, high = np.percentile(rest, (1, 99)) if rest.size else (0, 0)
        if low > high - low > 0:
            empty |= stored == 0
    return empty


def _number(declared: str | None) -> float | None:
    try:
        return float((declared or "").strip(" \0"))
    except ValueError:
        return None
