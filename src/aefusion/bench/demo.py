"""Pairs that every install can fuse, made from photographs: two focus settings, two exposures of one scene."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aefusion.bench.sheet import contact_sheet
from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture, write


def demo(output: Path, *, say: Callable[[str], None] = print) -> None:
    """Fuse the demonstration pairs into the folder ``output``; say what they ran on, times and scores.

    Writes sources and results as PNG, and ``sheet.png`` with a, b and fused side by side. ValueError if the folder
    cannot be made, or where scikit-image, which has the photographs, is not installed.
    """
    if not output.parent.is_dir() or output.is_file():
        raise ValueError(f"{output}: give the name of a folder in one that exists")
    output.mkdir(exist_ok=True)
    fuser = Fuser()
    say(f"{fuser.name} on {fuser.runs_on}")
    rows = []
    for name, (a, b) in {"focus": focus_pair(), "exposure": exposure_pair()}.items():
        fused = fuser(a, b)
        times = []
        for _ in range(20):
            start = time.perf_counter()
            fuser(a, b)
            times.append(time.perf_counter() - start)
        height, width = fused.shape[:2]
        say(f"\n{name}, {width}x{height}, colour: {np.median(times) * 1e3:.1f} ms a pair (median of 20, in memory)")
        say_scores(a, b, fused, say)
        for part, picture in (("a", a), ("b", b), ("fused", fused)):
            write(output / f"{name}_{part}.png", Picture(picture))
        rows.append([("a", a), ("b", b), ("fused", fused)])
    write(output / "sheet.png", Picture(contact_sheet(rows)))
    say("\nEN, AG: what the picture shows; SSIM, VIFF, Qabf: what it keeps of both (a source keeps itself whole)")
    say(f"pictures: {output}/*.png, side by side (a, b, fused): {output / 'sheet.png'}")


def photographs():
    """The module of scikit-image that has them; ValueError where it is not installed."""
    try:
        from skimage import data
    except ModuleNotFoundError:
        raise ValueError(
            "the demonstration takes its photographs from scikit-image: pip install scikit-image"
        ) from None
    return data


def focus_pair() -> tuple[np.ndarray, np.ndarray]:
    """The Middlebury motorcycle, near and far part in focus: blurred by the measured depth as a lens would.

    Two uint8 (500, 741, 3) pictures. D. Scharstein et al. 2014, High-resolution stereo datasets.
    """
    import cv2

    photograph, _, disparity = photographs().stereo_motorcycle()
    disparity = np.where(np.isfinite(disparity), disparity, np.nanmedian(disparity[np.isfinite(disparity)]))
    disparity = cv2.medianBlur(disparity.astype(np.float32), 5)
    near, far = np.percentile(disparity, (95, 5))
    return out_of_focus(photograph, disparity, near), out_of_focus(photograph, disparity, far)


def out_of_focus(photograph: np.ndarray, disparity: np.ndarray, focus: float) -> np.ndarray:
    """The photograph through a lens focused at a disparity: the circle of confusion grows with the distance to it."""
    import cv2

    linear = (photograph / np.float32(255)) ** 2.2
    radius = np.abs(disparity - focus) / 8
    layers: list[np.ndarray] = [linear]
    for r in range(1, int(radius.max()) + 2):
        y, x = np.mgrid[-r : r + 1, -r : r + 1]
        disc = (x**2 + y**2 <= (r + 0.3) ** 2).astype(np.float32)
        layers.append(cv2.filter2D(linear, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT_101))
    stack = np.stack(layers)
    low = radius.astype(int)
    share = (radius - low)[..., None]
    rows, columns = np.indices(low.shape)
    blurred = stack[low, rows, columns] * (1 - share) + stack[low + 1, rows, columns] * share
    return np.round(blurred ** (1 / 2.2) * 255).astype(np.uint8)


def exposure_pair() -> tuple[np.ndarray, np.ndarray]:
    """A cup of coffee, two stops under- and two over-exposed: two uint8 (400, 600, 3) pictures."""
    linear = (photographs().coffee() / np.float32(255)) ** 2.2
    under, over = (np.clip(linear * gain, 0, 1) ** (1 / 2.2) for gain in (1 / 4, 4))
    return np.round(under * 255).astype(np.uint8), np.round(over * 255).astype(np.uint8)


def say_scores(a: np.ndarray, b: np.ndarray, fused: np.ndarray, say: Callable[[str], None]) -> None:
    """Quality of the sources and of the result: entropy, average gradient, and what the result keeps of both."""
    from aefusion.quality.score import score

    names = ("EN", "AG", "SSIM", "VIFF", "Qabf")
    say("        " + "".join(f"{name:>8}" for name in names))
    pictures = {"a": a, "b": b, "fused": fused}
    for label, picture in pictures.items():
        values = score(a, b, picture, metrics=names)
        say(f"  {label:<6}" + "".join(f"{value:8.3f}" for value in values.values()))
