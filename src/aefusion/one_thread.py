"""Processes of one thread each, as many as there are cores: more threads would only get in each other's way."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

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
        with _without_script():
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_script() -> Iterator[None]:
    """Processes begin without the script of this one, where that is no file: it came from standard input."""
    main = sys.modules["__main__"]
    script = getattr(main, "__file__", None)
    if script is None or os.path.exists(script):  # noqa: PTH110
        yield
        return
    del main.__file__
    try:
        yield
    finally:
        main.__file__ = script


def one_thread_here() -> None:
    """The first words of such a process: OpenCV takes one thread too, and warnings are not shown."""
    import warnings

    import cv2

    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)


@contextmanager
def in_processes(do: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Iterator[Result]]:
    """What ``do`` gives for each item, as it is done; with so many processes of one thread each, or here if it is one.

    ``do``: a function of a module. ValueError if a process is killed.

    >>> with in_processes(abs, [-1, 2], 1) as results:
    ...     list(results)
    [1, 2]
    """
    if jobs == 1 or len(items) < 2:
        yield map(do, items)
        return
    with one_thread():
        pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_begin)
        try:
            yield (future.result() for future in as_completed([pool.submit(do, item) for item in items]))
        except BrokenProcessPool:
            raise ValueError("a process was killed (out of memory?): run again with less `jobs` to go on") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at once, with the parent, and says nothing
    one_thread_here()
