"""Time of the deployed networks on the CPU, beside ONNX Runtime and PyTorch, and as a share of what the CPU can do.

    python benchmarks/engine.py [--model NAME ...] [--size 400] [--threads N] [--runs 30] [--json FILE]

Every round runs each contestant once on one float32 pair in memory, and beside the kernel a loop of multiply-adds in
registers: the peak of the same instruction set on as many threads. A share of the peak counts the multiply-adds of the
folded network (2,752 a pixel for AE-Netv2). All times are medians of the rounds, in ms: on the clock on the wall, and
of the processor, summed over threads, which other programs on the same cores disturb less (ONNX Runtime's includes its
threads' busy waiting).
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.engine import Trained, available, cpu, opencv
from aefusion.engine.doctor import processor
from aefusion.network import MODELS, Graph

PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "torch")
PEAK_ROUNDS = 500_000


def random_network(name: str) -> Trained:
    """A network with random weights: they do not matter for the time."""
    random, graph = np.random.default_rng(0), MODELS[name].graph()
    weights = {}
    for layer in graph:
        if layer.op == "conv":
            shape = (layer.channels, graph[layer.inputs[0]].channels // layer.groups, layer.kernel, layer.kernel)
            weights[f"{layer.name}.weight"] = random.normal(0, 0.1, shape).astype(np.float32)
            weights |= {f"{layer.name}.bias": np.full(layer.channels, 0.1, np.float32)} if layer.bias else {}
        elif layer.op == "norm":
            for part, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
                weights[f"{layer.name}.{part}"] = np.full(layer.channels, value, np.float32)
    return Trained(name, graph, weights, {})


def torch_network(graph: Graph, weights: dict[str, np.ndarray], a, b, threads: int) -> Callable[[], Any]:
    import torch

    from aefusion.network.graph import run
    from aefusion.network.module import Network, pad

    torch.set_num_threads(threads)
    network = Network(graph).eval()
    network.load_state_dict({name: torch.from_numpy(x) for name, x in weights.items()}, strict=False)
    copies = graph[0].channels // 2

    def fuse():
        with torch.inference_mode():
            sources = [pad(torch.from_numpy(x)[None, None], graph.margin, 1) for x in (a, b) for _ in range(copies)]
            return run(graph, network, torch.cat(sources, 1))[0, 0].numpy()

    return fuse


def contestants(model: Trained, size: int, threads: int) -> dict[str, Callable[[], Any]]:
    """Functions that each fuse the same pair, and those that run the multiply-adds, by name."""
    a, b = np.random.default_rng(1).random((2, size, size), np.float32)
    bytes_a, bytes_b = ((x * 255).astype(np.uint8) for x in (a, b))
    deployed = model.deployed
    weights = cpu.Weights(*(deployed.weights[x] for x in ("c1.weight", "c1.bias", "c2.weight", "c2.bias")))
    found: dict[str, Callable[[], Any]] = {}
    for level in cpu.levels():
        for n in dict.fromkeys((1, threads)):
            found[f"peak {level} {n}"] = lambda level=level, n=n: sum(
                cpu._pool(n).map(lambda _: cpu._kernel.peak(level, PEAK_ROUNDS), range(n))
            )
            found[f"kernel {level} {n}"] = lambda level=level, n=n: cpu.run(weights, a, b, n, level)
    if cpu.levels():
        found[f"kernel, uint8 {threads}"] = lambda: cpu.run(weights, bytes_a, bytes_b, threads)
    found[f"OpenCV filters {threads}"] = lambda: opencv.run(weights, a, b, threads)
    for form, graph, arrays in (
        ("paper", model.graph, model.weights),
        ("folded", deployed.graph, deployed.weights),
    ):
        if available("onnx"):
            from aefusion.engine.onnx import OnnxSession, to_onnx

            session = OnnxSession(to_onnx(graph, arrays, {}), graph, threads)
            found[f"ONNX Runtime, {form} {threads}"] = lambda session=session: session(a, b)
        if available("torch"):
            found[f"PyTorch, {form} {threads}"] = torch_network(graph, arrays, a, b, threads)
    pictures = {name: run() for name, run in found.items() if not name.startswith(("peak", "kernel, uint8"))}
    first, *rest = pictures
    for name in rest:
        error = np.abs(pictures[name] - pictures[first]).max()
        if not error < 1e-4:
            raise SystemExit(f"{name} and {first} give pictures that differ by {error}")
    return found


CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


def measure(model: Trained, size: int, threads: int, runs: int) -> dict[str, dict[str, float]]:
    """Seconds, multiply-adds a second and, of the kernel, the share of the peak; rounds interleaved."""
    found = contestants(model, size, threads)
    times: dict[str, list[list[float]]] = {name: [] for name in found}
    shapes = (model.deployed.weights[x].shape for x in ("c1.weight", "c2.weight"))
    work = dict.fromkeys(found, float(size * size * sum(int(np.prod(shape)) for shape in shapes)))
    for _ in range(runs):
        for name, run in found.items():
            time.sleep(0.005)  # the threads of the one before spin for a while
            starts = [clock() for clock in CLOCKS.values()]
            result = run()
            times[name].append([clock() - start for clock, start in zip(CLOCKS.values(), starts, strict=True)])
            if name.startswith("peak"):
                work[name] = float(result)
    table: dict[str, dict[str, float]] = {}
    for name, rounds in times.items():
        row = dict(zip(CLOCKS, np.median(rounds, axis=0).tolist(), strict=True))
        row["wall, best"] = min(rounds)[0]
        table[name] = row | {f"{clock} rate": work[name] / row[clock] for clock in CLOCKS}
        peak = table.get(name.replace("kernel ", "peak "))
        if name.startswith("kernel ") and peak:
            table[name] |= {f"{clock} share": table[name][f"{clock} rate"] / peak[f"{clock} rate"] for clock in CLOCKS}
    return table


def report(name: str, table: dict[str, dict[str, float]], threads: int) -> None:
    peer = table.get(f"ONNX Runtime, paper {threads}")
    print(f"\n{name}\n{'':22} threads |    wall    best  GMAC/s   share  faster | processor  GMAC/s   share  faster")
    for key, row in table.items():
        title, n = key.rsplit(" ", 1)
        line = f"{title:22} {n:>7} |"
        for clock in CLOCKS:
            line += f"{row[clock] * 1e3:{8 if clock == 'wall' else 10}.2f}"
            line += f"{row['wall, best'] * 1e3:8.2f}" if clock == "wall" else ""
            line += f"{row[f'{clock} rate'] / 1e9:8.1f}"
            line += f"{row[f'{clock} share']:8.0%}" if f"{clock} share" in row else " " * 8
            line += f"{peer[clock] / row[clock]:8.1f}" if peer and not title.startswith("peak") else " " * 8
            line += " |" if clock == "wall" else ""
        print(line.rstrip())
    print("share: of the peak.  faster: how many times faster than ONNX Runtime on the paper's graph.")
    for level in cpu.levels() if threads > 1 else ():
        gains = [table[f"{kind} {level} {threads}"] for kind in ("kernel", "peak")]
        ones = [table[f"{kind} {level} 1"] for kind in ("kernel", "peak")]
        ours, bound = (many["wall rate"] / one["wall rate"] for many, one in zip(gains, ones, strict=True))
        best = ones[0]["wall, best"] / gains[0]["wall, best"]
        print(f"{level}: {threads} threads are {ours:.2f} times one (best {best:.2f}; the peak's loop {bound:.2f}).")


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", action="append", help="default: aenetv2 and aenetv2-plusplus")
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--threads", type=int, default=cpu.available_cores())
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": cpu.available_cores(),
        "system": platform.platform(),
        "versions": {package: installed(package) for package in PACKAGES},
        "size": options.size,
        "threads": options.threads,
        "runs": options.runs,
    }
    if hasattr(os, "getloadavg"):
        facts["load before"] = round(os.getloadavg()[0], 2)
    print(*(f"{key}: {value}" for key, value in facts.items()), sep="\n")
    if facts.get("load before", 0) > 0.5:
        print("Other programs are running: times on the wall are too long, those of several threads most.")
    names = options.model or ["aenetv2", "aenetv2-plusplus"]
    results = {}
    for name in names:
        results[name] = measure(random_network(name), options.size, options.threads, options.runs)
        report(name, results[name], options.threads)
    if options.json:
        options.json.write_text(json.dumps(facts | {"seconds": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
