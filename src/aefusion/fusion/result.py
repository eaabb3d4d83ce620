"""What became of sources that were fused: one shape for files, folders, stacks, videos and volumes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aefusion.fusion.plan import ShownRange
from aefusion.image import Picture

Status = Literal["planned", "fused", "skipped", "failed"]


@dataclass(frozen=True, kw_only=True)
class Fused:
    """What became of the sources of one result."""

    name: str = ""
    """The stem of the result; in folders inside of folders "folder/stem"."""
    sources: tuple[str, ...] = ()
    """Paths, or a, b, c ... for arrays."""
    output: Path | None = None
    """What was written; None where nothing was."""
    status: Status = "fused"
    error: str = ""
    """Why it failed, one line."""
    warnings: tuple[str, ...] = ()
    """What was noticed on the way, a line each."""
    ranges: tuple[ShownRange, ...] = ()
    """The display ranges of thermal sources."""
    aligned: bool | None = None
    """Whether all pictures are aligned; False where no transform was found, and one was not moved; None if nobody
    asked for it."""
    width: int = 0
    """Of the result, in pixels."""
    height: int = 0
    count: int = 1
    """How many pictures, frames or slices the result is made of."""
    by: str = ""
    """The network or method, and what it ran on."""
    picture: Picture | None = field(default=None, repr=False, compare=False)
    """The result itself, where it is one picture that is still in memory."""

    @property
    def pixels(self) -> np.ndarray:
        """Of `picture`; ValueError where it is not in memory."""
        if self.picture is None:
            raise ValueError(f"{self.name}: the result is in its file only: read {self.output}")
        return self.picture.pixels

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "pair": self.name,
            "sources": list(self.sources),
            "output": None if self.output is None else str(self.output),
            "status": self.status,
            "error": self.error or None,
            "warning": "; ".join(self.warnings) or None,
            "ranges": [one._asdict() for one in self.ranges],
            "aligned": self.aligned,
            "width": self.width or None,
            "height": self.height or None,
            "count": self.count,
            "by": self.by or None,
        }
