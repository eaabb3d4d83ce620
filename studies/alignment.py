"""How well sources are aligned: `python studies/alignment.py DATA` prints the tables of docs/alignment.md.

DATA holds `odd/` (unaligned pairs with landmarks, stacks) and `train/` (aligned gray pairs, here warped at random).
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from aefusion.image import read
from aefusion.image.align import Alignment, align
from aefusion.image.colour import luminance
from aefusion.image.geometry import about_the_middle, placed

KINDS = ("auto", "translation", "affine", "homography")
TASKS = ("ir_visible/roadscene", "ir_visible/msrs", "ir_visible/m3svd", "multi_exposure/hdrps", "multi_focus/mfi_whu",
         "medical/ct_mri")  # fmt: skip
PAIRS = 12
VIEWS = (2.4, 3.5)


def gray(path: Path) -> np.ndarray:
    return luminance(read(path).pixels)


def timed(a: np.ndarray, b: np.ndarray, kind="auto", view: float | None = None) -> tuple[Alignment, float]:
    start = time.process_time()
    return align(a, b, kind, view), time.process_time() - start


def landmarks(folder: Path) -> None:
    print("| pair | --align | taken | before | after | largest | similarity | inliers | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for path in sorted(folder.glob("*/truth.json")):
        truth = json.loads(path.read_text())
        to, from_ = (np.array(truth[f"landmarks_{x}"]) - 1 for x in ("fixed", "moving"))  # counted from 1
        a, b = (gray(path.with_name(f"{x}.png")) for x in ("visible", "infrared"))
        before = np.linalg.norm(from_ - to, axis=1)
        for kind in KINDS:
            found, seconds = timed(a, b, kind)
            back = np.linalg.inv(found.matrix)
            after = [float(np.linalg.norm(placed(back, *x) - y)) for x, y in zip(from_, to, strict=True)]
            print(f"| {path.parent.name} | {kind} | {found.kind if found.ok else 'none: ' + found.why} "
                  f"| {before.mean():.1f} | {np.mean(after):.1f} | {max(after):.1f} "
                  f"| {found.before:.2f} to {found.after:.2f} | {found.inliers:.2f} | {seconds:.1f} |")  # fmt: skip


def warped_infrared(folder: Path) -> None:
    """The truth is how the warped picture lies on the unwarped one of the same camera, which is found to a fraction."""
    visible, moving, unwarped = (gray(folder / f"{x}.png") for x in ("visible", "infrared_warped", "infrared_true"))
    truth, found = (align(a, moving, "homography") for a in (unwarped, visible))
    height, width = visible.shape
    places = [(x, y) for x in np.linspace(0.1, 0.9, 9) * width for y in np.linspace(0.1, 0.9, 9) * height]
    before, after = (
        np.mean([np.linalg.norm(placed(truth.matrix, *x) - placed(matrix, *x)) for x in places])
        for matrix in (np.eye(3), found.matrix)
    )
    print(f"\n{folder.name}: {before:.1f} before, {after:.1f} after, inliers {found.inliers:.2f}, {found.ok}")


def stacks(folder: Path) -> None:
    print("\n| stack | onto the first | taken | a corner moves | similarity | inliers |\n|---|---|---|---|---|---|")
    for name in ("exposure_bracket/handheld_misaligned_7", "focus_stack/kitchen_breathing", "focus_stack/ball"):
        first, *others = sorted((folder / name).glob("*.jpg"))
        for path in others:
            found = align(gray(first), gray(path))
            moved = np.linalg.norm(placed(found.matrix, 0, 0))
            print(f"| {Path(name).name} | {path.name} | {found.kind if found.ok else found.why} | {moved:.1f} "
                  f"| {found.before:.2f} to {found.after:.2f} | {found.inliers:.2f} |")  # fmt: skip


def warped(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture under a random shift, scale, turn and tilt, black outside, and the matrix."""
    import cv2

    height, width = picture.shape
    size = np.array([width, height])
    matrix = about_the_middle(picture.shape, picture.shape, np.exp(rng.uniform(-0.2, 0.2)), rng.uniform(-6, 6))
    matrix[:2, 2] += rng.uniform(-0.1, 0.1, 2) * size
    tilt = np.eye(3)
    tilt[2, :2] = rng.uniform(-0.05, 0.05, 2) / size
    matrix = matrix @ tilt
    return np.clip(cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC), 0, 1), matrix


def random_warps(folder: Path) -> None:
    import cv2

    print("\n| data | pairs | before | aligned | median error | largest | refused | unrelated pairs aligned | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for task in TASKS:
        rng = np.random.default_rng(1)
        paths = sorted((folder / task / "a").iterdir())
        step = max(1, len(paths) // PAIRS)
        paths = paths[step // 2 :: step][:PAIRS]
        partner = {path.stem: path for path in (folder / task / "b").iterdir()}
        before, errors, seconds, wrong = [], [], [], 0
        for i, path in enumerate(paths):
            a, b = gray(path), gray(partner[path.stem])
            moving, truth = warped(b, rng)
            height, width = a.shape
            places = [(x, y) for x in np.linspace(0.2, 0.8, 4) * width for y in np.linspace(0.2, 0.8, 4) * height]
            found, spent = timed(a, moving)
            back = np.linalg.inv(found.matrix)
            before.append(np.mean([np.linalg.norm(placed(truth, *x) - x) for x in places]))
            error = float(np.mean([np.linalg.norm(placed(back, *placed(truth, *x)) - x) for x in places]))
            errors += [error] if found.ok else []
            seconds.append(spent)
            other = gray(partner[paths[(i + len(paths) // 2) % len(paths)].stem])
            wrong += align(a, cv2.resize(other, (width, height))).ok
        print(f"| {task} | {len(paths)} | {np.mean(before):.0f} | {len(errors)} | {np.median(errors):.2f} "
              f"| {max(errors):.2f} | {len(paths) - len(errors)} | {wrong} of {len(paths)} "
              f"| {np.mean(seconds):.1f} |", flush=True)  # fmt: skip


def a_part_of(picture: np.ndarray, view: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What a camera sees whose view is so many times narrower, turned and shifted a little, and the matrix to it."""
    import cv2

    shape = tuple(round(n / view) for n in picture.shape)
    matrix = about_the_middle(picture.shape, shape, 1, rng.uniform(-3, 3))
    room = (np.array(picture.shape[::-1]) - shape[::-1]) / 2
    matrix[:2, 2] += rng.uniform(-0.6, 0.6, 2) * room
    return np.clip(cv2.warpPerspective(picture, matrix, shape[::-1], flags=cv2.INTER_CUBIC), 0, 1), matrix


def narrow_views(folder: Path) -> None:
    """Pairs of which the second is a part of the view; wrong is what is off by more than a twentieth of its width."""
    print(
        "\n| data | view | known | pairs | right | median error | wrong | refused | unrelated pairs aligned | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for task in TASKS[:5]:
        paths = sorted((folder / task / "a").iterdir())
        step = max(1, len(paths) // PAIRS)
        paths = paths[step // 3 :: step][:PAIRS]
        partner = {path.stem: path for path in (folder / task / "b").iterdir()}
        for view in VIEWS:
            for known in (False, True):
                rng = np.random.default_rng(2)
                errors, seconds, unrelated = [], [], 0
                for i, path in enumerate(paths):
                    a = gray(path)
                    narrow, truth = a_part_of(gray(partner[path.stem]), view, rng)
                    stated = view * rng.uniform(0.88, 1.12) if known else None
                    height, width = narrow.shape
                    places = [
                        (x, y) for x in np.linspace(0.1, 0.9, 4) * width for y in np.linspace(0.1, 0.9, 4) * height
                    ]
                    found, spent = timed(a, narrow, "auto", stated)
                    back = np.linalg.inv(truth)
                    if found.ok:
                        errors.append(
                            np.mean([np.linalg.norm(placed(found.matrix, *placed(back, *x)) - x) for x in places])
                        )
                    seconds.append(spent)
                    other, _ = a_part_of(gray(partner[paths[(i + len(paths) // 2) % len(paths)].stem]), view, rng)
                    unrelated += align(a, other, "auto", stated).ok
                right = [error for error in errors if error < width / 20]
                median = f"{np.median(right):.1f}" if right else "-"
                counts = (len(paths), len(right), median, len(errors) - len(right), len(paths) - len(errors), unrelated)
                print(f"| {task} | {view} | {'yes' if known else 'no'} | {' | '.join(map(str, counts))} "
                      f"| {np.mean(seconds):.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    landmarks(data / "odd" / "unaligned_ir_visible")
    warped_infrared(data / "odd" / "unaligned_ir_visible" / "msrs_warped_00085D")
    stacks(data / "odd")
    random_warps(data / "train")
    narrow_views(data / "train")
