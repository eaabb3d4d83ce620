"""Processes of one thread each, as many as there are cores: more threads would only get in each other's way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes that are spawned inside begin with one thread for NumPy and Numba; this process is not changed.

    They read the number from their environment when they are first imported. OpenCV does not: see `one_thread_here`.

    >>> with one_thread():
    ...     os.environ["OMP_NUM_THREADS"]
    '1'
    """
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def one_thread_here() -> None:
    """The first words of such a process: OpenCV takes one thread too, and warnings are not shown."""
    import warnings

    import cv2

    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
