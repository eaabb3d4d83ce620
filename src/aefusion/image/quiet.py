"""Keeping the C libraries under OpenCV off the terminal, and hearing what they say."""

import ctypes
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

_turn = threading.Condition()
_inside = 0
_alone = False
_saved: tuple[int | None, int] = (None, 3)


@contextmanager
def quiet(alone: bool = False) -> Iterator[Callable[[], str]]:
    """Inside, OpenCV's log and the messages of libjpeg and libpng do not reach the terminal.

    Gives a function that returns what was said since the start: by any thread inside, or, with `alone`, by
    this one only (it waits until no other thread is inside). libjpeg has no other way to say that data are
    missing.
    """
    global _inside, _alone
    with _turn:
        _turn.wait_for(lambda: not _alone and not (alone and _inside))
        _alone = alone
        if _inside == 0:
            _hush()
        _inside += 1
        start = _said_until()
    try:
        yield lambda: _said_since(start)
    finally:
        with _turn:
            _inside -= 1
            _alone = False
            if _inside == 0:
                _speak()
            _turn.notify_all()


def _hush() -> None:
    import cv2

    global _saved
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    capture = _capture()
    if capture is None:
        _saved = (None, level)
        return
    # The C variable `stderr` is pointed elsewhere; file descriptor 2, through which Python and its progress
    # bars write, is left alone.
    stderr, stream, _ = capture
    _saved = (stderr.value, level)
    stderr.value = stream


def _speak() -> None:
    import cv2

    cv2.utils.logging.setLogLevel(_saved[1])
    capture = _capture()
    if capture is not None:
        capture[0].value = _saved[0]


@cache
def _capture() -> tuple[ctypes.c_void_p, int, int] | None:
    """C's `stderr`, an unnamed temporary stream to put in its place, and that stream's descriptor."""
    # Assigning to `stderr` is allowed by the GNU library; elsewhere only OpenCV's own log is silenced.
    if platform.libc_ver()[0] != "glibc":
        return None
    libc = ctypes.CDLL(None)
    libc.tmpfile.restype = ctypes.c_void_p
    stream = libc.tmpfile()
    if not stream:
        return None
    unbuffered = 2
    libc.setvbuf(ctypes.c_void_p(stream), None, unbuffered, ctypes.c_size_t(0))
    return ctypes.c_void_p.in_dll(libc, "stderr"), stream, libc.fileno(ctypes.c_void_p(stream))


def _said_until() -> int:
    capture = _capture()
    return 0 if capture is None else os.fstat(capture[2]).st_size


def _said_since(start: int) -> str:
    capture = _capture()
    return "" if capture is None else os.pread(capture[2], 1 << 16, start).decode(errors="replace")
