import numpy as np

DEPTHS = (np.uint8, np.uint16, np.float32)


def check(a: np.ndarray, b: np.ndarray) -> None:
    """ValueError, one line that says what is wrong with the two pictures that an engine is called with, if anything is.

    They must be NumPy arrays (H, W) of one size and of one dtype: uint8, uint16 or float32.
    """
    for name, x in (("a", a), ("b", b)):
        if not isinstance(x, np.ndarray):
            raise ValueError(f"{name} is of type {type(x).__name__}; an engine takes NumPy arrays (H, W)")
    if a.ndim != 2 or a.shape != b.shape or a.size == 0:
        raise ValueError(f"a is {a.shape}, b is {b.shape}; both must be gray, not empty and of one size")
    if a.dtype != b.dtype or a.dtype not in DEPTHS:
        raise ValueError(f"a is {a.dtype}, b is {b.dtype}; both must be uint8, uint16 or float32")
