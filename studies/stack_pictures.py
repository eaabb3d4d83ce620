"""The pictures of the page on stacks: made brackets and a made focus stack, before and after, as JPEG files.

    python studies/stack_pictures.py docs

From the photographs in scikit-image, which may be passed on: `photography-light.jpg`, a dark ground under a bright sky
and a bright window in a dark room; `photography-ghosts.jpg`, a cat that moves through a bracket;
`photography-retouch.jpg`, a focus stack, its map, the map as it was painted on, and what that gives. How bright the
dark and the bright part are is printed, beside enfuse where it is installed.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from aefusion.image import Picture, read, write
from aefusion.stack import fuse_stack
from aefusion.stack.source_map import palette

GAP = 6


def linear(picture: np.ndarray) -> np.ndarray:
    """Light from gray levels, and back by `bracket`."""
    return (picture / 255.0) ** 2.2


def bracket(light: np.ndarray, stops: tuple[int, ...]) -> list[np.ndarray]:
    return [np.rint(255 * np.clip(light * 2.0**stop, 0, 1) ** (1 / 2.2)).astype(np.uint8) for stop in stops]


def landscape() -> np.ndarray:
    """A bright sky, smooth and large, over a strip of stones in the shade, 280 x 420."""
    y = np.linspace(0, 1, 280)[:, None, None]
    noise = cv2.GaussianBlur(np.random.default_rng(1).random((280, 420)), (0, 0), 18)
    clouds = (noise - noise.min()) / np.ptp(noise)
    sky = (0.9 - 0.4 * y) * np.array([0.65, 0.8, 1.0]) * (0.7 + 0.6 * clouds[..., None])
    ground = linear(cv2.cvtColor(cv2.resize(data.gravel(), (420, 420)), cv2.COLOR_GRAY2RGB)) * 0.03
    sky[236:] = ground[:44] * np.array([1.0, 0.85, 0.65])
    return sky


def room() -> np.ndarray:
    """A cup of coffee in a dark room with a small window onto a bright rocket, 280 x 420."""
    dark = linear(cv2.resize(data.coffee(), (420, 280))) * 0.06
    dark[24:94, 24:132] = linear(cv2.resize(data.rocket()[60:340, 180:612], (108, 70))) * 4 + 0.05
    return dark


def walk() -> list[np.ndarray]:
    """Three exposures of a table, through which a cat's face moves."""
    table, cat = linear(cv2.resize(data.coffee(), (420, 280))) * 1.2, linear(data.chelsea()[20:260, 110:350])
    cat = cv2.resize(cat, (110, 110))
    y, x = np.mgrid[:110, :110]
    round_ = np.clip(52 - np.hypot(x - 54.5, y - 54.5), 0, 1)[..., None]
    scenes = []
    for left in (10, 150, 300):
        scene = table.copy()
        part = scene[20:130, left : left + 110]
        part[:] = part * (1 - round_) + 0.8 * cat * round_
        scenes.append(scene)
    return [bracket(scene, (stop,))[0] for scene, stop in zip(scenes, (-2, 0, 2), strict=True)]


def in_rows(rows: list[list[np.ndarray]]) -> np.ndarray:
    lines = []
    for row in rows:
        parts = [cv2.copyMakeBorder(one, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for one in row]
        lines.append(np.hstack(parts))
    return np.vstack(lines)[:-GAP, :-GAP]


def enfused(pictures: list[np.ndarray]) -> np.ndarray | None:
    if not shutil.which("enfuse"):
        return None
    with tempfile.TemporaryDirectory() as place:
        paths = [str(Path(place, f"{i}.png")) for i in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            write(path, Picture(picture))
        subprocess.run(["enfuse", "-o", f"{place}/e.png", *paths], check=True, capture_output=True)
        return read(f"{place}/e.png").pixels


def light(folder: Path) -> None:
    rows = []
    for name, scene, stops, part in (
        ("ground", landscape(), (-2, 0, 2, 4), np.s_[240:]),
        ("window", room(), (-4, -2, 0, 2, 4), np.s_[26:92, 26:130]),
    ):
        pictures = bracket(scene, stops)
        plain = fuse_stack(pictures, kind="exposure", shadows=0, highlights=0).pixels
        kept = fuse_stack(pictures, kind="exposure").pixels
        rows.append([pictures[1], pictures[3], plain, kept])
        other = enfused(pictures)
        told = {"without": plain, "aefusion": kept} | ({} if other is None else {"enfuse": other})
        print(name, {key: f"mean {one[part].mean():.0f}, clipped {100 * np.isin(one[part], (0, 255)).mean():.1f} %"
                     for key, one in told.items()})  # fmt: skip
    write(folder / "photography-light.jpg", Picture(in_rows(rows)), 88)


def ghosts(folder: Path) -> None:
    """The three exposures; below them what comes without and with deghosting, and of a table without a cat."""
    pictures = walk()
    truth = fuse_stack(bracket(linear(cv2.resize(data.coffee(), (420, 280))) * 1.2, (-2, 0, 2)), kind="exposure").pixels
    plain, clean = (fuse_stack(pictures, kind="exposure", deghost=how).pixels for how in (False, True))
    write(folder / "photography-ghosts.jpg", Picture(in_rows([[*pictures], [plain, clean, truth]])), 88)


def retouch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        sharp = np.ascontiguousarray(data.astronaut()[:280, 60:480])
        blurred = cv2.GaussianBlur(sharp, (0, 0), 4)
        left, right = sharp.copy(), blurred.copy()
        left[:, 210:], right[:, 210:] = blurred[:, 210:], sharp[:, 210:]
        where = Path(place, "map.png")
        done = fuse_stack([left, right], f"{place}/x.png", kind="focus", save_map=where)
        assert done.source_map is not None
        painted = done.source_map.copy()
        cv2.circle(painted, (150, 90), 60, 1, -1)
        colours = palette(2)
        write(where, Picture(np.ascontiguousarray(colours[painted])))
        again = fuse_stack([left, right], kind="focus", map=where)
        sheet = in_rows([[done.pixels, colours[done.source_map]], [again.pixels, colours[painted]]])
        write(folder / "photography-retouch.jpg", Picture(sheet), 88)


if __name__ == "__main__":
    for draw in (light, ghosts, retouch):
        draw(Path(sys.argv[1]))
