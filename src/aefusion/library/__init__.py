"""The fusion algorithms F of Algorithm 1: one per file, all listed in METHODS.

Each is a pure function ``name(a, b, *, ...) -> fused`` in the file of that name: ``a`` and ``b`` are gray pictures,
float32 (H, W) in [0, 1], of one size; ``fused`` is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Method:
    """One fusion algorithm: call it like the function that it names."""

    name: str
    """Key in METHODS, name of the file and of the function in it."""
    title: str
    year: int
    category: str
    """As in the paper's Table V: pyramid, wavelets, multi-scale, hybrid, sparse representation, ..."""
    tasks: tuple[str, ...]
    """What it is for: ir_visible, multi_focus, multi_exposure, medical, cvs."""
    source: str
    """Author, year, title."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """The defaults of the function, as in Table V."""
    speed: str = "fast"
    """At 400 x 400 on two cores: 'real time' under 60 ms, 'fast' under 1 s, 'slow' above."""
    tolerance: float = 1 / 255
    """fuse(x, x) differs from x by no more than this, on average."""

    @property
    def function(self) -> Callable[..., np.ndarray]:
        """The function itself, imported on first use."""
        return getattr(import_module(f"aefusion.library.{self.name}"), self.name)

    def __call__(self, a: np.ndarray, b: np.ndarray, **parameters: Any) -> np.ndarray:
        return self.function(a, b, **(self.parameters | parameters))


ANY = ("ir_visible", "multi_focus", "multi_exposure", "medical", "cvs")

_TABLE = [
    # Pixel by pixel
    Method("average", "Average", 1985, "pixel", ANY, "The mean of both sources: the baseline of every comparison.",
           speed="real time", tolerance=0.0),
    Method("max", "Maximum", 1985, "pixel", ANY, "The brighter of both sources at each pixel.",
           speed="real time", tolerance=0.0),
    # Pyramids and wavelets
    Method("lp", "Laplacian pyramid", 1983, "pyramid", ANY,
           "Burt, Adelson, 1983, The Laplacian pyramid as a compact image code.",
           {"levels": 4, "base": "mean"}, "real time", 1e-6),
    # Edge-preserving and multi-scale
    # Sparse and low-rank
    # Focus and exposure
]  # fmt: skip
METHODS: dict[str, Method] = {method.name: method for method in _TABLE}
