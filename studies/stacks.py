"""Quality, time and memory of stacks beside enfuse and OpenCV, as a Markdown table.

    python studies/stacks.py FOLDER ... [--runs 3] [--keep PICTURES]

Each FOLDER holds one stack, aligned; without any, two are made from photographs in scikit-image, of which the sharp
picture is known (`truth`: PSNR to it, dB). aefusion and enfuse run as processes, reading and writing included, in turn:
`time` and `CPU` are medians over those of `aefusion stack`, MB the most memory (needs GNU time). Qabf and MEF-SSIM are
those of `aefusion.quality` with N sources instead of two: the same value for two. `order`: how much the result changes,
in mean gray levels, when the pictures are given to it the other way round. --keep: write all fused pictures to this
folder, to look at them. --make: only write the two stacks to this folder. --no-models: without networks.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from aefusion.image import Picture, read, write
from aefusion.image.colour import luminance
from aefusion.quality.arrays import filter_valid, gaussian, gray_levels
from aefusion.quality.mef_ssim import SIZE, WEIGHTS, C, halved
from aefusion.quality.qabf import edges_kept, sobel_edges
from aefusion.stack import fuse_stack
from aefusion.stack.kind import kind_of
from aefusion.stack.pictures import Pictures

STACK = [sys.executable, "-c", "from aefusion.cli import main; main()", "stack"]
ENFUSE = {
    # The settings that its manual gives for focus stacks; its defaults for exposures.
    "focus": ["enfuse", "--exposure-weight=0", "--saturation-weight=0", "--contrast-weight=1", "--hard-mask"],
    "exposure": ["enfuse"],
}
MODELS: dict[str, tuple[str, ...]] = {"focus": ("aenetv2", "aenetv2-plus-focus"), "exposure": ("aenetv2",)}


def qabf(sources: list[np.ndarray], fused: np.ndarray) -> float:
    edges, result = [sobel_edges(source) for source in sources], sobel_edges(fused)
    kept = sum((edges_kept(edge, result, "one") * edge[0]).sum() for edge in edges)
    return float(kept / sum(edge[0].sum() for edge in edges))


def mef_ssim(sources: list[np.ndarray], fused: np.ndarray) -> float:
    scales = []
    pictures = [gray_levels(picture) for picture in (*sources, fused)]
    for _ in range(3):
        scales.append(one_scale(pictures[:-1], pictures[-1]))
        pictures = [halved(picture) for picture in pictures]
    return float(np.prod(np.maximum(scales, 0) ** WEIGHTS))


def one_scale(sources: list[np.ndarray], fused: np.ndarray) -> float:
    box, window = np.full(SIZE, 1 / SIZE), gaussian(SIZE, 1.5)
    count = range(len(sources))

    def moment(x: np.ndarray, y: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return filter_valid(x * y, kernel) - filter_valid(x, kernel) * filter_valid(y, kernel)

    def quadratic(parts: list, moments: dict) -> np.ndarray:
        return sum(parts[i] * parts[j] * moments[min(i, j), max(i, j)] for i in count for j in count)

    pairs = [(i, j) for i in count for j in count if i <= j]
    plain = {(i, j): moment(sources[i], sources[j], box) * SIZE**2 for i, j in pairs}
    smooth = {(i, j): moment(sources[i], sources[j], window) for i, j in pairs}
    lengths = [np.sqrt(np.maximum(plain[i, i], 0)) for i in count]
    agreement = (np.sqrt(np.maximum(quadratic([1] * len(sources), plain), 0)) + 1e-16) / (sum(lengths) + 1e-16)
    power = np.minimum(np.tan(np.pi / 2 * np.clip(agreement, 0, 1 - 1e-16)), 10)
    power = np.where(power < 0, 10, power)
    lengths = [length + 0.001 for length in lengths]
    weights = [(length / SIZE) ** power + 1e-16 for length in lengths]
    parts = [weight / sum(weights) / length for weight, length in zip(weights, lengths, strict=True)]
    length = np.sqrt(np.maximum(quadratic(parts, plain), 0))
    scale = np.divide(np.maximum.reduce(lengths), length, out=np.zeros_like(length), where=length > 1e-9)
    parts = [part * scale for part in parts]
    covariance = sum(part * moment(source, fused, window) for part, source in zip(parts, sources, strict=True))
    variance = quadratic(parts, smooth) + moment(fused, fused, window)
    return float(((2 * covariance + C) / (variance + C)).mean())


def run(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of CPU, and MB at most of a command."""
    # A child of this large process would be charged with its memory.
    with tempfile.NamedTemporaryFile("r") as told:
        subprocess.run(
            ["/usr/bin/time", "-f", "%e %U %S %M", "-o", told.name, *command], check=True, capture_output=True
        )
        elapsed, user, system, kilobytes = map(float, told.read().split())
    return elapsed, user + system, kilobytes / 1024


def rows(paths: list[Path], name: str, runs: int, truth: np.ndarray | None, keep: Path) -> list[list[str]]:
    pictures = [read(path).pixels for path in paths]
    kind = kind_of(Pictures(paths)).kind
    files = list(map(str, paths))
    commands = {"aefusion stack": [*STACK, *files, "-o"]}
    commands |= {f"aefusion stack --model {model}": [*STACK, "--model", model, *files, "-o"] for model in MODELS[kind]}
    if shutil.which("enfuse"):
        commands["enfuse"] = [*ENFUSE[kind], *files, "-o"]
    used: dict[str, list] = {method: [] for method in commands}
    results = {method: keep / f"{name}-{method.split()[-1]}.png" for method in commands}
    for _ in range(runs):
        for method, command in commands.items():
            used[method].append(run([*command, str(results[method])]))
    if kind == "exposure":
        used["OpenCV's Mertens"] = []
        results["OpenCV's Mertens"] = keep / f"{name}-opencv.png"
        fused = cv2.createMergeMertens(1, 1, 1).process(pictures)
        write(results["OpenCV's Mertens"], Picture(np.uint8(np.rint(np.clip(fused, 0, 1) * 255))))
    first = [statistics.median(values) for values in zip(*used["aefusion stack"], strict=True)]
    table = []
    for method, path in results.items():
        fused = read(path).pixels
        sources = [luminance(picture) for picture in pictures]
        row = [name, f"{len(paths)}", method, f"{qabf(sources, luminance(fused)):.4f}"]
        row.append(f"{mef_ssim(sources, luminance(fused)):.4f}" if kind == "exposure" else "")
        row.append("" if truth is None else f"{cv2.PSNR(fused, truth):.2f}")
        row.append(f"{100 * ((fused == 0) | (fused == 255)).mean():.1f} %")
        row.append(f"{order(pictures, kind, method):.3f}" if method in commands and method != "enfuse" else "")
        medians = [statistics.median(values) for values in zip(*used[method], strict=True)]
        row += (
            [f"{medians[0] / first[0]:.2f}", f"{medians[1] / first[1]:.2f}", f"{medians[2]:.0f}"]
            if medians
            else [""] * 3
        )
        table.append(row)
    return table


def order(pictures: list[np.ndarray], kind, method: str) -> float:
    model = method.split()[-1] if "--model" in method else None
    one, other = (fuse_stack(stack, kind=kind, model=model).picture.pixels for stack in (pictures, pictures[::-1]))
    return float(np.abs(one.astype(float) - other).mean())


def synthetic(folder: Path) -> list[tuple[str, list[Path], np.ndarray]]:
    """Two photographs as seen by a lens: six layers, each a disc nearer than the last, and six pictures."""
    from skimage import data

    found = []
    for name in ("astronaut", "coffee"):
        sharp = getattr(data, name)()[:400, :500]
        y, x = np.mgrid[: sharp.shape[0], : sharp.shape[1]]
        layer = np.zeros(x.shape, int)
        for i in range(1, 6):
            centre = sharp.shape[1] * (0.2 + 0.6 * (0.37 * i % 1)), sharp.shape[0] * (0.2 + 0.6 * (0.61 * i % 1))
            layer[np.hypot(x - centre[0], y - centre[1]) < sharp.shape[0] * (0.3 - 0.025 * i)] = i
        (folder / name).mkdir()
        for focus in range(6):
            seen = np.zeros(sharp.shape)
            for i in range(6):
                part = (layer == i).astype(float) if i else np.ones(layer.shape)
                blur = 1.6 * abs(i - focus)
                near = sharp * part[..., None]
                if blur:
                    part, near = (cv2.GaussianBlur(each, (0, 0), blur) for each in (part, near))
                seen = seen * (1 - part[..., None]) + near
            write(folder / name / f"{focus}.png", Picture(np.uint8(np.rint(np.clip(seen, 0, 255)))))
        found.append((name, sorted((folder / name).iterdir()), sharp))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--no-models", action="store_true")
    options = parser.parse_args()
    if options.no_models:
        MODELS.update(focus=(), exposure=())
    if options.make:
        options.make.mkdir()
        synthetic(options.make)
        return
    with tempfile.TemporaryDirectory() as place:
        keep = options.keep or Path(place)
        stacks = [(folder.name, sorted(folder.iterdir()), None) for folder in options.folders]
        stacks = stacks or synthetic(Path(place))
        head = ["stack", "N", "method", "Qabf", "MEF-SSIM", "truth", "clipped", "order", "time", "CPU", "MB"]
        print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        for name, paths, truth in stacks:
            for row in rows(paths, name, options.runs, truth, keep):
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
