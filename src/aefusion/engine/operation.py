from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

KINDS = ("sources", "dense", "grouped", "largest", "enlarged", "last")
"""What an operation of the kernel can be: see kernel.hpp."""


class Reading(NamedTuple):
    """Channels of a former operation's result: see kernel.hpp."""

    operation: int
    offset: int
    channels: int
    shift: int
    up: int = 0
    before: int = 0


@dataclass
class Operation:
    """What computes one result: see kernel.hpp."""

    kind: str
    stride: int
    kernel: int = 1
    step: int = 1
    each: int = 1
    relu: bool = False
    vectors: int = 0
    kept: int = 1
    readings: list[Reading] = field(default_factory=list)
    beside: list[Reading] = field(default_factory=list)
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
