"""The speed of the engines, beside peers and beside what the processor can do."""

from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.bench import KEEPING, Keeping, show, shown_if_interrupted
from aefusion.cli.options import Json, Names


def speed(
    *,
    models: Names = None,
    sizes: Names = None,
    threads: Annotated[list[int] | None, Parameter(consume_multiple=True)] = None,
    engines: Names = None,
    runs: int = 15,
    seconds: float = 5,
    memory: float | None = None,
    keeping: Keeping = KEEPING,
    json: Json = False,
) -> None:
    """Measure engines side by side: time, share of the roofline, scaling from 128x128 to 8K and over threads, memory.

    Each engine runs in a process of its own, in turns with the others: the CPU kernel for every instruction set, its
    fallback on OpenCV, ONNX Runtime and PyTorch on the paper's graph and on the folded one, and two Laplacian pyramids.
    The roofline is measured in every round: multiply-adds in registers, and memory.

    Parameters
    ----------
    models
        Names, or files of weights. The default is aenetv2.
    sizes
        WIDTHxHEIGHT. The default goes from 128x128 to 7680x4320.
    threads
        Numbers of threads. The default is 1, 2, 4 ... and the number of the cores.
    engines
        The first words of their names, for example: kernel onnx pytorch opencv laplacian. The default is all.
    runs
        How many rounds.
    seconds
        An engine that took so long in all, for one size and number of threads, leaves after three rounds.
    memory
        GB that one engine may use. One that would need more is not run. The default is half of what is free.
    """
    from aefusion.bench.speed import SIZES, bench_speed
    from aefusion.bench.speed_tables import tables
    from aefusion.cli.console import progress_bar

    with shown_if_interrupted(tables, json), progress_bar("bench speed") as progress:
        found = bench_speed(
            models or ("aenetv2",), sizes=sizes or SIZES, threads=threads or (), engines=engines or (), runs=runs,
            seconds=seconds, memory=memory and memory * 1e9, **vars(keeping), progress=progress,
        )  # fmt: skip
    show(found, tables, as_json=json)
