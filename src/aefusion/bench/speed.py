"""Speed of a network's engines beside peers and beside what the processor can do, for sizes and threads."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.bench.results import Progress, Results, finite, summary
from aefusion.engine import Trained, fold
from aefusion.engine.multiply_adds import multiply_adds
from aefusion.engine.threads import available_cores
from aefusion.network import count
from aefusion.speed.engines import UINT8, network, same_picture
from aefusion.speed.engines import engines as all_engines
from aefusion.speed.lane import REFERENCE, SEED, Failed, Lane, available_memory
from aefusion.speed.roofline import PICTURE, Roofline, attainable

SIZES = ("128x128", "256x256", "400x400", "512x512", "1024x1024", "1920x1080", "3840x2160", "7680x4320")
FEWEST = 3
"""Rounds that even the slowest engine takes part in."""
PAUSE = 0.01
"""Seconds before each turn: the threads of the one before spin for a while."""


def bench_speed(
    models: Sequence[str] = ("aenetv2",),
    *,
    sizes: Iterable[str] = SIZES,
    threads: Iterable[int] = (),
    engines: Sequence[str] = (),
    runs: int = 15,
    seconds: float = 5,
    memory: float | None = None,
    results: Path | None = None,
    fresh: bool = False,
    roofline_pixels: int = PICTURE,
    progress: Progress = lambda done, total, what: None,
) -> Results:
    """Measure engines in turns, each in a process of its own; a row for each network, size, threads and engine.

    ``models``: names in MODELS (random weights where none are shipped) or files of weights. ``sizes``: "WIDTHxHEIGHT".
    ``threads``: 1, 2, 4 ... and as many as there are cores, if not given. ``engines``: only engines whose names
    begin so. ``runs``: rounds; an engine leaves after 3 once it took ``seconds`` in all. ``memory``: bytes that one
    engine may use, half of what is free if not given. ``results``: a folder, in which they are kept. What is in it with
    the same ``runs`` and ``seconds`` is not measured again; see `Results`. Engines that failed are tried again with
    ``fresh`` only.
    """
    if runs < 1:
        raise ValueError(f"`runs` is {runs}: give 1 or more")
    cores = available_cores()
    counts = sorted(set(threads)) or sorted({*(2**i for i in range(cores.bit_length()) if 2**i <= cores), cores})
    if counts[0] < 1:
        raise ValueError(f"`threads` has {counts[0]}: give numbers from 1 on")
    shapes = sorted((parsed(size) for size in sizes), key=lambda shape: shape[0] * shape[1])
    groups = [(network(model), model, shape) for model in models for shape in shapes]
    chosen = {model: choose(trained, engines) for trained, model, _ in groups}
    with Results("speed", {"runs": runs, "seconds": seconds}, seeds=[SEED], folder=results, fresh=fresh) as kept:
        keys = [row["key"] for row in kept.rows]
        for number, (trained, model, (height, width)) in enumerate(groups):
            progress(number, len(groups), f"{trained.name}, {width}x{height}")
            key = {"model": trained.name, "width": width, "height": height}
            wanted = [key | {"threads": n, "engine": name} for n in counts for name in chosen[model]]
            if all(one in keys for one in wanted):
                continue
            group = Group(kept, key, trained, chosen[model], counts, memory)
            group.measure(model, runs, seconds, roofline_pixels)
            kept.save()
        progress(len(groups), len(groups), "done")
    return kept


def parsed(size: str) -> tuple[int, int]:
    """Height and width of "WIDTHxHEIGHT"."""
    width, _, height = size.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= 64):
        raise ValueError(f"`sizes` has {size!r}: give WIDTHxHEIGHT, each 64 or more, for example 1920x1080")
    return int(height), int(width)


def choose(trained: Trained, engines: Sequence[str]) -> list[str]:
    """Names of the engines that begin with one of those words; all without any."""
    names = list(all_engines(trained))
    for word in engines:
        if not any(name.lower().startswith(word.lower()) for name in names):
            raise ValueError(f"`engines` has {word!r}: none begins so; of {trained.name} there are: {'; '.join(names)}")
    return [name for name in names if not engines or name.lower().startswith(tuple(map(str.lower, engines)))]


class Group:
    """All engines on one pair of pictures."""

    def __init__(
        self,
        results: Results,
        key: dict[str, Any],
        trained: Trained,
        names: list[str],
        counts: list[int],
        memory: float | None,
    ):
        self.results, self.key, self.names, self.counts, self.memory = results, key, names, counts, memory
        self.pixels = key["width"] * key["height"]
        model = trained.model
        applied = model.cost(*REFERENCE).flops / count(model.graph(), *REFERENCE).flops  # a third more on a pyramid
        self.multiply_adds = round(multiply_adds(fold(trained).graph) * applied)

    def measure(self, model: str, runs: int, seconds: float, roofline_pixels: int) -> None:
        lanes = {name: Lane(model, name, self.key["height"], self.key["width"]) for name in self.names}
        failures: dict[str, str] = {}
        try:
            for threads in self.counts:
                peaks, corner = {}, None
                for name, lane in lanes.items():
                    if name in failures:
                        continue
                    try:
                        peaks[name], picture = lane.prepare(threads, self.memory or available_memory() / 2)
                        if same_picture(name):
                            corner = picture if corner is None else corner
                            check_same(name, picture, corner)
                    except Failed as error:
                        failures[name] = str(error)
                with Roofline(threads, pixels=roofline_pixels) as roofline:
                    rounds = self.rounds(lanes, failures, roofline, runs, seconds)
                self.add_rows(threads, rounds, peaks, failures)
        finally:
            for lane in lanes.values():
                lane.close()

    def rounds(self, lanes, failures: dict[str, str], roofline: Roofline, runs: int, seconds: float) -> dict[str, list]:
        """What each engine took in each round, and what the roofline was in it."""
        taken: dict[str, list] = {name: [] for name in lanes if name not in failures}
        limits = []
        for number in range(runs):
            limits.append((roofline.peaks(), roofline.memory()))
            for name, times in taken.items():
                if name in failures or (number >= FEWEST and sum(wall for wall, *_ in times) > seconds):
                    continue
                time.sleep(PAUSE)
                try:
                    times.append(lanes[name].run())
                except Failed as error:
                    failures[name] = str(error)
        return taken | {"roofline": limits}

    def add_rows(self, threads: int, rounds: dict[str, list], peaks: dict, failures: dict[str, str]) -> None:
        limits = rounds.pop("roofline")
        clock = 1 if threads == 1 else 0  # processor time, or time on the wall
        named = "processor" if threads == 1 else "wall"
        key = self.key | {"threads": threads}
        for kernel in limits[0][0]:
            rates = [getattr(peak[kernel], named) for peak, _ in limits]
            self.results.add(key | {"engine": f"peak {kernel}"}, measured={"multiply-adds": summary(rates, "1/s")})
        rates = [getattr(traffic, named) for _, traffic in limits]
        self.results.add(key | {"engine": "memory"}, measured={"bytes": summary(rates, "B/s")})
        first = next((rounds[name] for name in self.names if name not in failures), [])
        for name in self.names:
            row = key | {"engine": name}
            if name in failures:
                self.results.add(row, failure=failures[name])
                continue
            times = rounds[name]
            reference = [one[2 + clock] / (REFERENCE[0] * REFERENCE[1]) for one in times]
            measured = {
                "wall": summary((one[0] for one in times), "s"),
                "processor": summary((one[1] for one in times), "s"),
                "beside the first": summary(
                    one[clock] / other[clock] for one, other in zip(times, first, strict=False)
                ),
                "time a pixel beside 512x512": summary(
                    one[clock] / self.pixels / other for one, other in zip(times, reference, strict=True)
                ),
            }
            facts = {"clock": named, "best wall": finite(min(times)[0]), "peak memory": peaks[name]}
            best = min(one[clock] for one in times)
            facts["best time a pixel beside 512x512"] = finite(best / self.pixels / min(reference))
            if same_picture(name):
                rates = [self.pixels * self.multiply_adds / one[clock] for one in times]
                measured["multiply-adds"] = summary(rates, "1/s")
                facts["multiply-adds a pixel"] = self.multiply_adds
                allowed = self.allowed(name, limits, named)
                if allowed:
                    shares = (rate / limit for rate, limit in zip(rates, allowed, strict=False))
                    measured["share of the roofline"] = summary(shares)
                    facts["best share of the roofline"] = finite(max(rates) / max(allowed))
            self.results.add(row, facts=facts, measured=measured)

    def allowed(self, name: str, limits: list, clock: str) -> list[float]:
        """Multiply-adds a second that the roofline of each round allows; none without a compiled kernel.

        With the instructions that a kernel uses; for others with the best.
        """
        sets = list(limits[0][0])
        if not sets:
            return []
        word = name.removesuffix(UINT8).split()[-1]
        kernel = word if word in sets else sets[0]
        intensity = self.multiply_adds / (3 if name.endswith(UINT8) else 12)
        return [
            attainable(getattr(peak[kernel], clock), getattr(traffic, clock), intensity) for peak, traffic in limits
        ]


def check_same(name: str, picture: np.ndarray, first: np.ndarray) -> None:
    """`Failed` if an engine's picture is not that of the first one, but for the rounding of its depth."""
    error = float(np.abs(picture - first).max())
    if not error < 1e-4 + (0.51 / 255 if name.endswith(UINT8) else 0):
        raise Failed(f"its picture differs from that of the first engine by up to {error:.4f}")
