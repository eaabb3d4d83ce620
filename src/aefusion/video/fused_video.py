"""What became of two videos that were fused."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from aefusion.fusion.result import Fused


@dataclass(frozen=True, kw_only=True)
class FusedVideo(Fused):
    """What was written, and what it cost; `count` is the number of frames."""

    rate: Fraction
    """Frames a second."""
    bits: int
    encoder: str
    """Or the suffix of the pictures."""
    interrupted: bool
    skipped: tuple[int, int]
    """Frames of each source that are missing because they could not be decoded."""
    repaired: tuple[int, int]
    """Frames of each source that the decoder gave, but marked as damaged."""
    alone: int
    """Of two folders: pictures without partner."""
    seconds: dict[str, float]
    """The whole, and for how long each stage was busy; they run at the same time."""
    flicker: dict[str, float]
    """See `Flicker`; empty if it was not asked for."""
    address: str = ""
    """Where it was sent, if not to a file (`output` is None then): without user, password and query."""
    parts: tuple[Path, ...] = ()
    """The files of ``every``."""
    offset: Fraction = Fraction(0)
    """Seconds that were added to the times of the second, which count from its first frame: found and given ones."""
    clock: str = ""
    """How that was found, in words; see `Meeting`."""
    restarts: tuple[int, int] = (0, 0)
    """How often the clock of each source started anew."""
    repeated: tuple[int, int] = (0, 0)
    """Frames of each source that were left out, as their time was not later than that of the frame before."""
    dropped: int = 0
    """Frames of the first that were left out, as fusing was slower than they came (``live``)."""
    stale: int = 0
    """Frames that got a picture of the second that was not of their moment, as it had nothing newer."""
    still: tuple[int, float] = (0, 0.0)
    """How often the second stood still, with no frame or always the same picture, and for how many seconds in all."""
    reconnects: tuple[int, int] = (0, 0)
    """How often each source was connected again."""
    away: tuple[float, float] = (0.0, 0.0)
    """Seconds without each source until it was connected again."""
    delay: tuple[float, float] | None = None
    """Of a live first source: seconds from the arrival of a frame to its being written, on average and at most."""

    @property
    def frames(self) -> int:
        """How many were written."""
        return self.count

    @property
    def place(self) -> str:
        """The file, the folder or the address, in words."""
        return self.address or str(self.output)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return super().row() | {
            "output": self.place, "frames": self.frames, "rate": str(self.rate), "bits": self.bits,
            "encoder": self.encoder, "interrupted": self.interrupted, "skipped": self.skipped,
            "repaired": self.repaired, "alone": self.alone, "seconds": self.seconds, "flicker": self.flicker,
            "parts": [str(path) for path in self.parts], "offset": float(self.offset), "clock": self.clock,
            "restarts": self.restarts, "repeated": self.repeated, "dropped": self.dropped, "stale": self.stale,
            "still": self.still, "reconnects": self.reconnects, "away": self.away, "delay": self.delay,
        }  # fmt: skip
