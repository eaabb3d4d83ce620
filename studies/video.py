"""Frames a second of each stage of `aefusion video` alone, and of all together: python studies/video.py VISIBLE IR

A stage alone has its input in memory and all cores to itself. Best of the rounds, which alternate between the stages.
"""

import sys
import tempfile
from fractions import Fraction
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

from aefusion import Fuser, Preparation, fuse_video
from aefusion.fusion.notes import Notes
from aefusion.video.fusing import Fusing
from aefusion.video.read import VideoSource
from aefusion.video.target import target_of
from aefusion.video.write import VideoSink

FRAMES, ROUNDS = 120, 5


def measure(a: str, b: str, folder: Path) -> None:
    fuser = Fuser()
    sources = [list(islice(VideoSource(name).frames(), FRAMES)) for name in (a, b)]
    pairs = [(time, x, y) for (time, x), (_, y) in zip(*sources, strict=False)]

    def fused():
        preparation = Preparation(range="none", resize="b-to-a")
        return list(Fusing(fuser, (a, b), "a", preparation, (None, None), Notes()).all(pairs, None))

    frames = fused()

    def encode() -> None:
        sink = VideoSink(target_of(folder / "alone.mp4"), None, VideoSource(a))
        for time, frame in frames:
            sink.write(time, frame, Fraction(25))
        sink.close(whole=False)

    stages = {
        "decoding a": lambda: sum(1 for _ in islice(VideoSource(a).frames(), FRAMES)),
        "decoding b": lambda: sum(1 for _ in islice(VideoSource(b).frames(), FRAMES)),
        "fusing": fused,
        "encoding": encode,
        "together": lambda: fuse_video(a, b, folder / "together.mp4", fuser=fuser, range="none", resize="b-to-a"),
    }
    wall, busy = {name: [] for name in stages}, {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, stage in stages.items():
            begun, worked = perf_counter(), process_time()
            stage()
            wall[name].append(perf_counter() - begun)
            busy[name].append(process_time() - worked)
    height, width = pairs[0][1].luma.shape
    print(f"{width}x{height}, {len(pairs)} frames, {fuser.name} on {fuser.runs_on}, best of {ROUNDS}")
    for name in stages:
        speed, work = len(pairs) / min(wall[name]), 1000 * min(busy[name]) / len(pairs)
        print(f"{name:<11} {speed:7.1f} frames/s   {work:6.2f} ms of a core a frame")
    slowest = max((name for name in stages if name != "together"), key=lambda name: min(wall[name]))
    alone = sum(min(wall[name]) for name in stages if name != "together")
    print(f"together / {slowest} alone: {min(wall[slowest]) / min(wall['together']):.2f}")
    print(f"together / one after the other: {alone / min(wall['together']):.2f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as made:
        measure(sys.argv[1], sys.argv[2], Path(made))
