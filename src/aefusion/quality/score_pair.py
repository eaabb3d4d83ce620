"""What metrics give one fused picture: the values, and why some are not defined."""

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from aefusion.image.picture import Picture
from aefusion.image.read import read
from aefusion.image.shown_files import Displays, as_shown, read_sources
from aefusion.image.thermal import Range, counts_look_thermal, has_values, unused_range
from aefusion.quality import METRICS
from aefusion.quality.channels import channels
from aefusion.quality.metric import BY_CHANNEL, Metric
from aefusion.quality.own_metric import metric_of

TABLE_III = ("EN", "AG", "SSIM", "VIFF", "NIQE", "PSNR", "MI")
"""The seven metrics of the paper's Table III."""
SLOW = ("FMI", "FMI-pixel", "FMI-dct")
"""Metrics that take longer than all others together."""

Source = np.ndarray | Picture | str | PathLike[str]
Names = Iterable[str | Metric | Callable[..., float]] | str
Warn = Callable[[str], object]


class Values(NamedTuple):
    """The values of metrics for one fused picture."""

    values: dict[str, float]
    """By the metric's name; NaN where it is not defined."""
    undefined: dict[str, str]
    """Why a metric is not defined, one line."""


@dataclass(frozen=True)
class Three:
    """Both sources as they were fused, and the fused picture: (H, W) or (H, W, 3), of any depth."""

    pictures: Sequence[Any]
    names: Sequence[str]
    """What errors call them."""

    @cached_property
    def luminances(self) -> list[list[np.ndarray]]:
        """Once, float32 (H, W) in [0, 1]."""
        return channels(self.pictures, self.names)

    @cached_property
    def each_channel(self) -> list[list[np.ndarray]]:
        """For each channel, see `channels`."""
        return channels(self.pictures, self.names, each=True)

    def score(self, metrics: Iterable[Metric], convention: str = "paper") -> Values:
        """The value of each metric; ValueError for what is no picture, and where no metric is defined."""
        values, undefined = {}, {}
        for metric in metrics:
            each = convention in BY_CHANNEL and metric.of_channels
            parts = self.each_channel if each else self.luminances
            try:
                values[metric.name] = metric.mean(parts, convention=convention)
            except ValueError as error:
                values[metric.name], undefined[metric.name] = math.nan, str(error)
        if values and len(undefined) == len(values):
            raise ValueError(next(iter(undefined.values())))
        return Values(values, undefined)


def select(metrics: Names) -> list[Metric]:
    """The metrics of these names, in any case, or functions of one's own (see `own_metric`); "all" gives every one.

    ValueError for an unknown name.
    """
    if isinstance(metrics, str):
        metrics = METRICS if metrics == "all" else metrics.split(",")
    return [metric_of(name) for name in metrics]


def three(
    a: Source,
    b: Source,
    fused: Source,
    *,
    range: Range = "auto",
    displays: Displays | None = None,
    warn: Warn = warnings.warn,
) -> Three:
    """Arrays, pictures or paths as `Three`: of thermal sources what was fused, in their display range.

    ``range``: see `image.thermal.display_ranges`; ``displays``: those of the folders that the sources are of, where
    they are known. ``warn`` is called for 16-bit pictures that use a small part of their range. FileError for a file
    that cannot be read.
    """
    given, names = (a, b, fused), [_called(source, name) for source, name in ((a, "a"), (b, "b"), (fused, "fused"))]
    if _is_path(a) and _is_path(b):
        sources: list[Any] = list(read_sources(a, b, warn=warn))  # pyright: ignore[reportArgumentType]
    else:
        sources = [_picture(source, warn) for source in given[:2]]
    if all(isinstance(source, Picture) for source in sources):
        for source, name, display in zip(sources, names, displays or (None, None), strict=False):
            _tell_unused(source, name, display, range, warn)
        sources = list(as_shown(sources, names[:2], displays, choice=range, warn=warn))
    result = read(fused, warn=warn) if _is_path(fused) else fused  # pyright: ignore[reportArgumentType]
    if isinstance(result, Picture):
        if (unused := unused_range(result)) and range != "none":
            warn(f"{names[2]}: {unused.partition(': ')[0]}: stretch them first")
        result = result.pixels
    return Three([one.pixels if isinstance(one, Picture) else one for one in (*sources, result)], names)


def _picture(source: Source, warn: Warn) -> Any:
    """A `Picture`, if one can be made of it; else what was given, of which the metrics' door says what is wrong."""
    if isinstance(source, str | PathLike):
        return read(source, measured=True, warn=warn)
    if isinstance(source, np.ndarray) and source.ndim == 3 and source.shape[2] == 1:
        source = source[..., 0]
    if not isinstance(source, np.ndarray) or source.dtype not in (np.uint8, np.uint16):
        return source
    try:
        return Picture(source)
    except ValueError:
        return source


def _tell_unused(picture: Picture, name: str, display: object, range: Range, warn: Warn) -> None:
    if display is not None or range != "auto" or picture.measured:
        return
    if has_values(picture) and not counts_look_thermal(picture.pixels) and (unused := unused_range(picture)):
        warn(f"{name}: {unused}")


def _is_path(source: object) -> bool:
    return isinstance(source, str | PathLike)


def _called(source: object, name: str) -> str:
    return str(source) if _is_path(source) else name
