"""Pictures that training goes back to: in memory up to a bound, and beyond it in a file that is read on demand."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import PART, FileError

MEMORY = 2 << 30
"""Bytes of pictures that are held in memory."""
CHUNK = 256 << 20
"""Bytes of one of the files."""


class Store:
    """Keeps arrays: the first of them as they are, those beyond ``memory`` bytes in files in ``folder``.

    What is kept there is given back as an array that the system reads when it is looked at, and forgets when it needs
    the memory. The files have no name, and vanish with the process. ``folder``: made when it is needed; the system's
    own for temporary files, if not given.
    """

    def __init__(self, folder: Path | None = None, memory: int = MEMORY):
        self.folder, self.left = folder, memory
        self.file: Any = None
        self.seen, self.place = np.empty(0, np.uint8), 0

    def keep(self, pixels: np.ndarray) -> np.ndarray:
        """The same array, which may not be written into; FileError where the folder is full or cannot be written."""
        if pixels.nbytes <= self.left:
            self.left -= pixels.nbytes
            return pixels
        self.left = 0
        end = self.place + pixels.nbytes
        try:
            if end > self.seen.size:
                self.begin(max(CHUNK, pixels.nbytes))
                end = pixels.nbytes
            self.file.seek(self.place)
            self.file.write(np.ascontiguousarray(pixels).tobytes())
            self.file.flush()
        except OSError as error:
            where = self.folder or tempfile.gettempdir()
            raise FileError(where, f"the pictures find no room ({error.strerror})", "make room on this disk") from None
        kept = self.seen[self.place : end].view(pixels.dtype).reshape(pixels.shape)
        self.place = -(-end // 8) * 8
        return kept

    def begin(self, size: int) -> None:
        """Begin a file of that size; what is in the one before stays."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        self.close()
        self.file = tempfile.TemporaryFile(dir=self.folder, prefix=PART)  # noqa: SIM115 (it lives on)
        self.file.truncate(size)
        self.seen, self.place = np.memmap(self.file, np.uint8, "r", shape=(size,)), 0

    def close(self) -> None:
        """Nothing more is kept in the present file; what is in it can still be looked at."""
        if self.file is not None:
            self.file.close()

    __del__ = close
