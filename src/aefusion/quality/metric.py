"""What METRICS says of a metric."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

CONVENTIONS = ("paper", "vifb", "linfeng-tang", "liu")
"""paper: the textbook definition, the default. The others: as that toolbox computes it, where it differs."""


@dataclass(frozen=True)
class Metric:
    """One quality metric: call it with both sources and the fused picture, needed or not."""

    name: str
    """Key in METRICS, as the literature writes it."""
    module: str
    """Name of the file in quality/ and of the function in it."""
    title: str
    needs_sources: bool
    """The function takes (a, b, fused); otherwise (fused) alone."""
    range: str
    higher_is_better: bool
    source: str
    """Author, year."""
    smallest: int = 1
    """Both sides of the pictures must have at least so many pixels."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """The function's parameters for the convention 'paper', where they are not its defaults."""
    conventions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Its parameters for each toolbox that computes it otherwise."""

    @property
    def function(self) -> Callable[..., float]:
        """The function itself, imported on first use."""
        return getattr(import_module(f"aefusion.quality.{self.module}"), self.module)

    def __call__(self, a: np.ndarray, b: np.ndarray, fused: np.ndarray, convention: str = "paper") -> float:
        """The value; pictures float32 (H, W) in [0, 1] of one size. ValueError if they are too small."""
        height, width = fused.shape
        if min(height, width) < self.smallest:
            least = f"{self.smallest}x{self.smallest}"
            raise ValueError(f"{self.name} needs pictures of at least {least}, these are {width}x{height}")
        parameters = self.parameters | self.conventions.get(convention, {})
        pictures = (a, b, fused) if self.needs_sources else (fused,)
        return float(self.function(*pictures, **parameters))
