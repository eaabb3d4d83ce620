"""How fast `aefusion video` is, beside the same decoding and encoding without fusing, and where the time goes.

    python studies/video.py VISIBLE INFRARED [--sizes 640x512 1920x1080] [--rounds 5] [--frames 120]

The clips (files, or folders of frames) are scaled to each size first, H.264 in and out. A round runs each of these
once, in turn, and the medians of the rounds are shown: decoding of both, fusing, encoding, each alone with its input in
memory; all of it together ("together"); and the same pipeline that passes the frames of the first on ("without
fusing"). The table is that of docs/video.md. What a frame costs of a core is nearly the same on a busy computer; the
frames a second are not: leave the computer alone.
"""

import argparse
import tempfile
from collections.abc import Callable
from fractions import Fraction
from itertools import cycle, islice
from os import getloadavg
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from aefusion.engine.threads import available_cores
from aefusion.fusion.fuser import Fuser
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Preparation
from aefusion.video import fuse_video
from aefusion.video.folder import FolderSource
from aefusion.video.fusing import Fusing
from aefusion.video.read import VideoSource
from aefusion.video.target import target_of
from aefusion.video.write import VideoSink

RATE = Fraction(25)


class First:
    """An engine that gives the first source: the pipeline without fusing."""

    runs_on = "nothing"

    def __call__(self, a, b):
        return a


def scaled(source: str, size: tuple[int, int], frames: int, path: Path) -> str:
    """A clip of that many frames in another size, to and fro where it is shorter; H.264, as cameras send it."""
    opened = FolderSource(source, RATE) if Path(source).is_dir() else VideoSource(source)
    once = [frame.to_av(8) for _, frame in islice(opened.frames(), frames)]
    opened.close()
    target = target_of(path)
    import av

    with av.open(str(target.path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for i, frame in enumerate(islice(cycle([*once, *once[-2:0:-1]]), frames)):
            picture = frame.reformat(*size, interpolation="BICUBIC")
            picture.pts = i
            out.mux(stream.encode(picture))
        out.mux(stream.encode())
    return str(path)


def measure(a: str, b: str, folder: Path, rounds: int) -> dict[str, tuple[str, str]]:
    """For each stage the frames a second, and what a frame costs of a core in milliseconds; and what fusing adds."""
    fuser, passing = Fuser(), Fuser()
    passing.engine = First()  # pyright: ignore[reportAttributeAccessIssue]
    sources = [list(VideoSource(name).frames()) for name in (a, b)]
    pairs = [(time, x, y) for (time, x), (_, y) in zip(*sources, strict=True)]

    def fused():
        return list(Fusing(fuser, (a, b), "a", Preparation(), (None, None), Notes()).all(pairs, None))

    frames = fused()

    def encode() -> None:
        sink = VideoSink(target_of(folder / "alone.mp4"), None, VideoSource(a))
        for time, frame in frames:
            sink.write(time, frame, RATE)
        sink.close(whole=False)

    stages: dict[str, Callable[[], object]] = {
        "decoding a": lambda: sum(1 for _ in VideoSource(a).frames()),
        "decoding b": lambda: sum(1 for _ in VideoSource(b).frames()),
        "fusing": fused,
        "encoding": encode,
        "together": lambda: fuse_video(a, b, folder / "together.mp4", fuser=fuser),
        "without fusing": lambda: fuse_video(a, b, folder / "without.mp4", fuser=passing),
    }
    wall: dict[str, list[float]] = {name: [] for name in stages}
    busy: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(rounds):
        for name, stage in stages.items():
            begun, worked = perf_counter(), process_time()
            stage()
            wall[name].append(perf_counter() - begun)
            busy[name].append(process_time() - worked)
    count = len(pairs)
    rows = {name: (f"{count / median(wall[name]):.1f}", f"{1000 * median(busy[name]) / count:.1f}") for name in stages}
    ratios = []
    for of in (wall, busy):
        both = [x / y for x, y in zip(of["together"], of["without fusing"], strict=True)]
        ratios.append(f"{median(both):.2f} ({min(both):.2f} to {max(both):.2f})")
    return {**rows, "together / without fusing, of a round": (ratios[0], ratios[1])}


def show(figures: dict[str, dict[str, tuple[str, str]]]) -> None:
    """The table of docs/video.md: for each size the frames a second as they came, and the work of a frame."""
    print("| | " + " | ".join(f"{size}: frames/s | ms of a core a frame" for size in figures) + " |")
    print("|---|" + "---|---|" * len(figures))
    for name in next(iter(figures.values())):
        print(f"| {name} | " + " | ".join(" | ".join(of[name]) for of in figures.values()) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("visible")
    parser.add_argument("infrared")
    parser.add_argument("--sizes", nargs="+", default=["640x512", "1920x1080"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=120)
    given = parser.parse_args()
    figures = {}
    for size in given.sizes:
        width, height = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as made:
            clips = [
                scaled(source, (width, height), given.frames, Path(made) / f"{name}.mp4")
                for name, source in (("a", given.visible), ("b", given.infrared))
            ]
            figures[size] = measure(*clips, Path(made), given.rounds)
    print(f"{given.frames} frames, medians of {given.rounds} rounds, {Fuser().in_words}, {available_cores()} cores")
    print(
        f"others waited for the cores, on average over the last minute: {getloadavg()[0]:.1f} programs with this one\n"
    )
    show(figures)
