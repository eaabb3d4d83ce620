"""Time of the metrics on one core, beside scikit-image's where it has them.

    python studies/quality.py [--size 400] [--repeat 7] [--json FILE]

The picture pair is scikit-image's `camera` and `moon`, fused by their mean. Each is the shortest processor time of the
repeats; OpenCV runs on one thread, and nothing else here uses more.
"""

import argparse
import json
import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from skimage.data import camera, moon
from skimage.measure import shannon_entropy
from skimage.metrics import normalized_mutual_information, peak_signal_noise_ratio, structural_similarity

from aefusion.quality import METRICS
from aefusion.quality.evaluation import evaluate
from aefusion.quality.score import TABLE_III


def milliseconds(function, repeat: int) -> float:
    """Processor time, which other programs on the machine disturb less than the clock on the wall."""
    function()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
        if sum(times) > 2:
            break
    return 1000 * min(times)


def skimage_ssim(a, b, fused) -> float:
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    return sum(structural_similarity(x, fused, **options) for x in (a, b)) / 2


SKIMAGE = {
    "EN": lambda a, b, fused: shannon_entropy(np.uint8(np.rint(fused * 255))),
    "SSIM": skimage_ssim,
    "PSNR": lambda a, b, fused: [peak_signal_noise_ratio(x, fused, data_range=1.0) for x in (a, b)],
    "NMI": lambda a, b, fused: [normalized_mutual_information(x, fused, bins=256) for x in (a, b)],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    size = (options.size, options.size)
    a, b = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) / np.float32(255) for p in (camera(), moon()))
    a, b = (np.float32(np.rint(p * 255) / 255) for p in (a, b))
    fused = (a + b) / 2
    ours = {name: milliseconds(lambda m=m: m(a, b, fused), options.repeat) for name, m in METRICS.items()}
    theirs = {name: milliseconds(lambda f=f: f(a, b, fused), options.repeat) for name, f in SKIMAGE.items()}
    seven = milliseconds(lambda: [METRICS[name](a, b, fused) for name in TABLE_III], options.repeat)
    ten = milliseconds(lambda: evaluate(a, b, [fused] * 10), 3)
    print(f"{options.size} x {options.size}, one core, milliseconds      aefusion   scikit-image")
    for name, duration in ours.items():
        other = f"{theirs[name]:14.1f}" if name in theirs else ""
        print(f"  {name:10} {METRICS[name].title:42} {duration:6.1f} {other}")
    print(f"  Table III's seven together: {seven:.0f} ms; E_2 of ten candidates: {ten:.0f} ms")
    if options.json:
        record = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores, one used",
            "versions": {p: version(p) for p in ("numpy", "opencv-python-headless", "scikit-image")},
            "size": options.size,
            "milliseconds": {"aefusion": ours, "scikit-image": theirs, "table_iii": seven, "e2_of_ten": ten},
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
