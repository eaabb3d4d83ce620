"""The sources of one result: paths and arrays become pictures."""

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import Any
from warnings import warn as told

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.plan import letter
from aefusion.image import Picture, read, read_both

Source = np.ndarray | Picture | str | PathLike[str]


def load(source: Source, name: str, warn: Callable[[str], object] = told) -> Picture:
    """A picture from a path, an array, a `Picture`, or what NumPy reads without a copy (a PIL picture).

    Arrays: (H, W) gray, (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA; uint8, uint16, or float in [0, 1]. ``name``: what
    errors call it. ValueError, one line, for everything else.
    """
    if isinstance(source, str | PathLike):
        return read(source, measured=True, warn=warn)
    if isinstance(source, Picture):
        return source
    source = _array(source, name)
    pixels = source[..., 0] if source.ndim == 3 and source.shape[2] == 1 else source
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32)
        low, high = (pixels.min(), pixels.max()) if pixels.size else (0, 0)
        if not (low >= 0 and high <= 1):  # NaN fails too
            rest = (
                "scale it, or give uint8 or uint16" if low >= 0 and np.isfinite(high) else "replace other values first"
            )
            raise ValueError(
                f"{name}: values from {low:.4g} to {high:.4g}; a float picture must be in [0, 1], no NaN: {rest}"
            )
    try:
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            return Picture(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))
        return Picture(pixels)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _array(source: Any, name: str) -> np.ndarray:
    """The source, if it is an array or a PIL picture; ValueError that says how to make an array of something else."""
    if isinstance(source, np.ndarray):
        return source
    kind = f"{type(source).__module__}.{type(source).__qualname__}"
    if kind.startswith("torch."):
        raise ValueError(
            f"{name}: a {kind}: give a path or a NumPy array (H, W) or (H, W, 3): "
            "tensor.numpy(), with tensor.permute(1, 2, 0) first where channels come first"
        )
    if kind.startswith("PIL."):
        if source.mode not in ("L", "RGB", "RGBA", "I;16"):
            raise ValueError(
                f'{name}: a PIL picture of mode {source.mode}: give picture.convert("RGB") or convert("L")'
            )
        return np.asarray(source)
    if hasattr(source, "__array_interface__"):
        return np.asarray(source)
    what = "an open file" if hasattr(source, "read") else f"a {kind.removeprefix('builtins.')}"
    raise ValueError(f"{name}: {what}: give a path, or a NumPy array (H, W) or (H, W, 3) of uint8, uint16 or float")


def read_sources(
    paths: Sequence[str | PathLike[str]], warn: Callable[[str], object] = told, rendered: bool = False
) -> list[Picture]:
    """The pictures of the files; of one file that holds two, both. What thermal files measured is not yet a picture.

    ``rendered``: see `image.read`.
    """
    if len(paths) == 1:
        return list(read_both(paths[0], warn=warn))
    return [read(path, measured=True, rendered=rendered, warn=warn) for path in paths]


def called(source: Source, position: int) -> str:
    """What errors call a source: its path, or a, b, c ... for arrays."""
    return fspath(source) if isinstance(source, str | PathLike) else letter(position)


def check_list(sources: object) -> None:
    """ValueError where one path is given in place of several: its letters would be taken for paths."""
    if isinstance(sources, str | bytes | PathLike):
        raise ValueError(f"sources: one path, {fspath(sources)!r}: give a list of two paths or more, then the result")


def warn_of_twice(paths: Sequence[str | PathLike[str]], notes: Notes) -> None:
    """A warning where a file is given twice: nothing is added to it."""
    names = [fspath(path) for path in paths]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            notes.warn(f"{name}: given twice: nothing is added to it")
