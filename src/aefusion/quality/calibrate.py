"""Every metric beside the value that the reference code gives: the tables of docs/metrics.md.

python -m aefusion.quality.calibrate tests/golden/skimage_metrics.csv --write docs/metrics.md
"""

import argparse
import csv
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.markers import fill_file
from aefusion.quality import METRICS

_TANG, _PYTHON = "linfeng-tang", "tang-python"
_OF_VIFB = ("EN", "AG", "PSNR", "CE", "SD", "SF", "EI", "Qabf", "Qcb", "Qcv")
_OF_LIU = {"QS_Piella2": "Qw", "QC_Cvejic2": "Qc", "QY_Yang": "Qy", "QNCIE_Wang": "Qncie"}


@dataclass(frozen=True)
class Calibration:
    """One reference value and what is held against it."""

    golden: str
    """Name of the metric in the golden file."""
    reference: str
    """What the golden file's name of the reference code contains."""
    metric: str
    """Name in METRICS."""
    convention: str = "paper"
    parameters: dict[str, Any] = field(default_factory=dict)
    """Parameters of the function beyond those of the convention."""
    tolerance: float = 1e-4

    @property
    def means(self) -> str:
        """The parameters that the metric is called with: the same text, the same value."""
        metric = METRICS[self.metric]
        return str(sorted((metric.parameters | metric.conventions.get(self.convention, {}) | self.parameters).items()))

    def value(self, a: np.ndarray, b: np.ndarray, fused: np.ndarray) -> float:
        """Ours, of pictures float32 (H, W) in [0, 1]."""
        return METRICS[self.metric](a, b, fused, self.convention, **self.parameters)


CALIBRATIONS = [
    *(Calibration(name, "VIFB", name, "vifb") for name in ("EN", "AG", "SSIM", "PSNR", "MI", "CE", "RMSE")),
    *(Calibration(name, "VIFB", name, "vifb") for name in ("SD", "SF", "EI", "Qabf", "Qcb", "Qcv")),
    *(Calibration(name, "Linfeng-Tang", name, _TANG) for name in ("EN", "AG", "PSNR", "MI", "MSE", "CC", "SCD")),
    *(Calibration(name, "Linfeng-Tang", name, _TANG) for name in ("SD", "SF", "Qabf")),
    Calibration("VIF_sum", "Linfeng-Tang", "VIF", _TANG),
    Calibration("VIFp_a", "Linfeng-Tang", "VIF", parameters={"over": "a"}),
    Calibration("VIFp_b", "Linfeng-Tang", "VIF", parameters={"over": "b"}),
    Calibration("Nabf", "Linfeng-Tang", "Nabf"),
    Calibration("Nabf_as_called", "Linfeng-Tang", "Nabf", _TANG),
    Calibration("SSIM_MEF", "Linfeng-Tang", "SSIM", _TANG),
    Calibration("SSIM_MEF", "Linfeng-Tang", "MEF-SSIM", parameters={"scales": 1}),
    Calibration("MS_SSIM_MEF", "Linfeng-Tang", "MEF-SSIM", tolerance=1e-3),
    Calibration("MS_SSIM_MEF", "Linfeng-Tang", "MS-SSIM", _TANG, tolerance=1e-3),
    Calibration("FMI_gradient_48crop", "Linfeng-Tang", "FMI"),
    Calibration("FMI_none_48crop", "Linfeng-Tang", "FMI-pixel"),
    Calibration("FMI_dct_48crop", "Linfeng-Tang", "FMI-dct"),
    *(Calibration("FMI_gradient_48crop", "MEFB", "FMI", convention) for convention in ("mefb", "mfifb")),
    *(Calibration("FMI_none_48crop", "MEFB", "FMI-pixel", convention) for convention in ("mefb", "mfifb")),
    *(Calibration("FMI_dct_48crop", "MEFB", "FMI-dct", convention) for convention in ("mefb", "mfifb")),
    Calibration("VIFF", "VIFF_Public", "VIFF", tolerance=1e-3),
    Calibration("NIQE", "niqe", "NIQE", tolerance=1e-3),
    Calibration("Brenner", "Brenner", "BRENNER"),
    Calibration("Brenner_uint8sat", "Brenner", "BRENNER", parameters={"saturate": True}),
    Calibration("SSIM_a", "zhengliu", "SSIM", parameters={"over": "a"}),
    Calibration("SSIM_b", "zhengliu", "SSIM", parameters={"over": "b"}),
    Calibration("Qcb", "zhengliu", "Qcb", "liu"),
    Calibration("Qcv", "zhengliu", "Qcv", "liu"),
    Calibration("QG_Xydeas", "zhengliu", "Qg", "liu"),
    Calibration("QS_Piella1", "zhengliu", "Qs", "liu"),
    Calibration("QS_Piella2", "zhengliu", "Qw", "liu"),
    Calibration("QC_Cvejic2", "zhengliu", "Qc", "liu"),
    Calibration("QY_Yang", "zhengliu", "Qy", "liu"),
    Calibration("QNCIE_Wang", "zhengliu", "Qncie", "liu"),
    *(Calibration("NMI_Hossny", "MEFB", "NMI", convention) for convention in ("liu", "mefb", "mfifb")),
    Calibration("NMI_sum", "scikit-learn", "NMI"),
    *(Calibration("TE_Cvejic", "MEFB", "TE", convention) for convention in ("liu", "mefb", "mfifb")),
    *(Calibration("QP_Zhao", "MEFB", "Qp", convention) for convention in ("liu", "mefb", "mfifb")),
    *(Calibration(f"CDD_{name}", "CDDFuse", name, "cddfuse") for name in ("EN", "SD", "SF", "AG", "MI", "MSE")),
    *(Calibration(f"CDD_{name}", "CDDFuse", name, "cddfuse") for name in ("CC", "PSNR", "SCD", "VIFF", "Qabf")),
    Calibration("CDD_VIFF", "CDDFuse", "VIF", "cddfuse"),
    Calibration("CDD_SSIM", "CDDFuse", "SSIM", "cddfuse", tolerance=1e-5),
    *(Calibration(f"PY_{name}", "Tang-Python", name, _PYTHON) for name in ("EN", "SF", "SD", "AG", "MI", "PSNR")),
    *(Calibration(f"PY_{name}", "Tang-Python", name, _PYTHON) for name in ("MSE", "VIF", "CC", "SCD", "Qabf", "Nabf")),
    Calibration("PY_SSIM", "Tang-Python", "SSIM", _PYTHON, tolerance=1e-3),
    Calibration("PY_MS_SSIM", "Tang-Python", "MS-SSIM", _PYTHON, tolerance=1e-3),
    Calibration("MS-SSIM_mean", "Wang", "MS-SSIM"),
    Calibration("MSE_mean", "scikit-image", "MSE"),
    Calibration("PSNR_mean_MSE", "scikit-image", "PSNR"),
    Calibration("RMSE_mean", "scikit-image", "RMSE"),
    Calibration("E2_formula", "aefusion-formula", "E2"),
    *(Calibration(f"{name}_formula", "aefusion-formula", name) for name in ("TE", "Qabf", "Qc")),
    # What Zhang's later benchmarks took over from VIFB and from Liu's toolbox as it was.
    *(Calibration(name, "VIFB", name, of) for name in _OF_VIFB for of in ("mefb", "mfifb")),
    *(Calibration(name, "zhengliu", of_liu, of) for name, of_liu in _OF_LIU.items() for of in ("mefb", "mfifb")),
    *(Calibration("VIFF", "VIFF_Public", "VIF", of, tolerance=1e-3) for of in ("mefb", "mfifb")),
]
NOT_COMPARED = {"QC_Cvejic1": "unfinished in the reference code, which returns 0 for every picture"}

Pictures = Callable[[str, str], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Difference:
    """One golden value and ours."""

    calibration: Calibration
    repository: str
    pair: str
    fused: str
    reference: float
    ours: float

    @property
    def error(self) -> float:
        """The relative difference; 0 where the reference gives NaN and ours is defined."""
        if math.isnan(self.reference):
            return math.nan if math.isnan(self.ours) else 0.0
        if self.ours == self.reference:
            return 0.0
        return abs(self.ours - self.reference) / max(abs(self.reference), 1e-300)


def differences(golden: Path, pictures: Pictures) -> Iterator[Difference]:
    """Every row of a golden file that CALIBRATIONS names. ``pictures(pair, fused)``: a, b, fused in 8 bits."""
    with golden.open(newline="") as file:
        rows = list(csv.DictReader(file))

    @cache
    def triple(pair: str, fused: str) -> tuple[np.ndarray, ...]:
        return tuple(to_depth(picture, np.float32) for picture in pictures(pair, fused))

    known: dict[tuple, float] = {}
    for row in rows:
        for calibration in CALIBRATIONS:
            if row["metric"] != calibration.golden or calibration.reference not in row["reference"]:
                continue
            three = triple(row["pair"], row["fused"])
            if row["metric"].endswith("_48crop"):
                three = tuple(_centre(picture, 48) for picture in three)
            repository, reference = row["reference"].split()[0], float(row["value"])
            # Conventions that mean the same are computed once.
            key = row["pair"], row["fused"], row["metric"].endswith("_48crop"), calibration.metric, calibration.means
            if key not in known:
                known[key] = calibration.value(*three)
            ours = known[key]
            yield Difference(calibration, repository, row["pair"], row["fused"], reference, ours)


def _centre(picture: np.ndarray, size: int) -> np.ndarray:
    top, left = (picture.shape[0] - size) // 2, (picture.shape[1] - size) // 2
    return picture[top : top + size, left : left + size]


def simple_fusion(a: np.ndarray, b: np.ndarray, name: str) -> np.ndarray:
    """The golden files' F1 (rounded mean), F2 (maximum) and F3 (the first source), uint8."""
    return {"F1": ((a.astype(int) + b + 1) // 2).astype(np.uint8), "F2": np.maximum(a, b), "F3": a}[name]


def skimage_pictures(pair: str, fused: str) -> tuple[np.ndarray, ...]:
    """The pictures of tests/golden/skimage_metrics.csv, which ship with scikit-image (aefusion[lab])."""
    from skimage.data import brick, camera, grass, moon

    part = np.s_[100:401, 50:457]
    a, b = {
        "camera_moon": lambda: (camera()[::2, ::2], moon()[::2, ::2]),
        "crop_odd": lambda: (camera()[part], moon()[part]),
        "brick_grass": lambda: (brick()[:256, :256], grass()[:256, :256]),
    }[pair]()
    return a, b, simple_fusion(a, b, fused)


def table(all_of_them: list[Difference]) -> str:
    """The calibration table in Markdown: for each metric and reference the picture that differs most."""
    lines = [
        "| metric | convention | reference code | name there | pictures | reference | ours | error | allowed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple, list[Difference]] = {}
    for one in all_of_them:
        groups.setdefault((str(one.calibration), one.repository), []).append(one)
    order = {name: place for place, name in enumerate(METRICS)}
    for group in sorted(groups.values(), key=lambda group: order[group[0].calibration.metric]):
        worst, calibration = max(group, key=lambda one: one.error), group[0].calibration
        options = "".join(f", {key}={value}" for key, value in calibration.parameters.items())
        lines.append(
            f"| {calibration.metric} | {calibration.convention}{options} | {worst.repository} "
            f"| {calibration.golden} | {len(group)} | {worst.reference:.6g} | {worst.ours:.6g} | {_bound(worst.error)} "
            f"| {calibration.tolerance:.0e} |"
        )
    return "\n".join(lines)


def listing() -> str:
    """METRICS as a table in Markdown."""
    lines = [
        f"| {metric.name} | {metric.title} | {'yes' if metric.needs_sources else 'no'} | {metric.range} "
        f"| {'higher' if metric.higher_is_better else 'lower'} | {metric.smallest} | {metric.source} |"
        for metric in METRICS.values()
    ]
    return "\n".join(["| metric | title | a, b | range | better | from | source |", "|---" * 7 + "|", *lines])


def _bound(error: float) -> str:
    """The next power of ten: the digits below it differ from machine to machine."""
    return f"< 1e{max(math.floor(math.log10(error)) + 1, -8) if error > 0 else -8:d}"


def folder_pictures(folder: Path) -> Pictures:
    """Pictures from gray/a, gray/b and methods/METHOD of a folder, PAIR.png each."""
    from aefusion.image import read

    def pictures(pair: str, fused: str) -> tuple[np.ndarray, ...]:
        a, b = (read(folder / "gray" / side / f"{pair}.png").pixels for side in "ab")
        simple = fused in ("F1", "F2", "F3")
        return a, b, simple_fusion(a, b, fused) if simple else read(folder / "methods" / fused / f"{pair}.png").pixels

    return pictures


def main() -> None:
    parser = argparse.ArgumentParser(description="The calibration table of the metrics, in Markdown.")
    parser.add_argument("golden", type=Path, help="reference values, such as tests/golden/skimage_metrics.csv")
    parser.add_argument("--pictures", type=Path, help="folder of the pictures, if not scikit-image's")
    parser.add_argument("--write", type=Path, help="put the table into this Markdown file")
    options = parser.parse_args()
    pictures = folder_pictures(options.pictures) if options.pictures else skimage_pictures
    text = table(list(differences(options.golden, pictures)))
    if not options.write:
        print(text)
        return
    fill_file(options.write, re.escape(options.golden.stem), lambda _: text)
    fill_file(options.write, "all metrics", lambda _: listing())


if __name__ == "__main__":
    main()
