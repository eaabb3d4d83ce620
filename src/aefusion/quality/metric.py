"""What METRICS says of a metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from aefusion.quality.channels import channels

CONVENTIONS = ("paper", "vifb", "linfeng-tang", "liu", "mefb", "mfifb", "cddfuse", "tang-python")
"""paper: the textbook definition, the default. The others: as that toolbox computes it, where it differs."""
BY_CHANNEL = ("vifb", "mefb", "mfifb")
"""These take the mean over the three channels of colour pictures; the others look at the luminance."""


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
    """Its parameters for each toolbox that computes it otherwise; "module": what it is in the file of that name."""

    @property
    def function(self) -> Callable[..., float]:
        """The function itself, imported on first use."""
        return _function(self.module)

    def __call__(self, a: Any, b: Any, fused: Any, convention: str = "paper", **parameters: Any) -> float:
        """The value for ``fused``, the fusion of ``a`` and ``b``; sources that are not needed are not looked at.

        Pictures of one size, gray (H, W) or RGB (H, W, 3), of which the luminance counts, or under some conventions
        the mean over the channels (see `channels`): uint8, uint16, or float in [0, 1]. ``convention``: one of
        CONVENTIONS. ``parameters``: of the function, beyond those of the convention.

        ValueError, one line that says what to do, if a picture is something else or too small, or if there is no such
        convention.

        >>> from aefusion.quality import METRICS
        >>> METRICS["EN"](None, None, np.array([[0, 255], [0, 255]], np.uint8))
        1.0
        >>> METRICS["SSIM"](*np.zeros((3, 8, 9), np.uint8))
        Traceback (most recent call last):
        ...
        ValueError: SSIM needs pictures of at least 11x11, these are 9x8
        """
        given = ((a, "a"), (b, "b"), (fused, "fused")) if self.needs_sources else ((fused, "fused"),)
        pictures, names = zip(*given, strict=True)
        parts = channels(pictures, names, convention in BY_CHANNEL and self.of_channels)
        return self.mean(parts, convention=convention, **parameters)

    @property
    def of_channels(self) -> bool:
        """Whether toolboxes that take the mean over the channels do so for this metric."""
        return self.name != "MEF-SSIM"

    def mean(self, parts: Sequence[Sequence[np.ndarray]], *, convention: str = "paper", **parameters: Any) -> float:
        """The mean of `value` over what `channels` gives."""
        values = [self.value(*pictures, convention=convention, **parameters) for pictures in parts]
        return values[0] if len(values) == 1 else sum(values) / len(values)

    def value(self, *pictures: np.ndarray, convention: str = "paper", **parameters: Any) -> float:
        """The same for pictures that are checked already: (a, b, fused) or (fused), float32 (H, W) in [0, 1]."""
        check_convention(convention)
        height, width = pictures[-1].shape
        if min(height, width) < self.smallest:
            least = f"{self.smallest}x{self.smallest}"
            raise ValueError(f"{self.name} needs pictures of at least {least}, these are {width}x{height}")
        parameters = self.parameters | self.conventions.get(convention, {}) | parameters
        module = parameters.pop("module", None)
        function = _function(module) if module else self.function
        return float(function(*(pictures if self.needs_sources else pictures[-1:]), **parameters))


@cache
def _function(module: str) -> Callable[..., float]:
    return getattr(import_module(f"aefusion.quality.{module}"), module)


def check_convention(convention: str) -> None:
    """ValueError if there is no convention of that name."""
    if convention not in CONVENTIONS:
        raise ValueError(f"no convention {convention!r}: known are {', '.join(CONVENTIONS)}")
