"""The speed of the engines, beside peers and beside what the processor can do."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Names = Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")]
Flag = Annotated[bool, Parameter(negative="")]


def speed(
    *,
    models: Names = None,
    sizes: Names = None,
    threads: Annotated[list[int] | None, Parameter(consume_multiple=True, negative="")] = None,
    engines: Names = None,
    runs: int = 15,
    seconds: float = 5,
    memory: float | None = None,
    results: Path = Path("results"),
    fresh: Flag = False,
    json: Flag = False,
) -> None:
    """Engines side by side: time, share of the roofline, scaling from 128x128 to 8K and over threads, peak memory.

    Each engine runs in a process of its own, in turns with the others: the CPU kernel for every instruction set, its
    fallback on OpenCV, ONNX Runtime and PyTorch on the paper's graph and on the folded one, and two Laplacian pyramids.
    The roofline is measured in every round: multiply-adds in registers, and memory. An interrupted run goes on.

    Parameters
    ----------
    models
        Names, or files of weights; aenetv2 if not given.
    sizes
        WIDTHxHEIGHT; from 128x128 to 7680x4320 if not given.
    threads
        Numbers of threads; 1, 2, 4 ... and that of the cores if not given.
    engines
        The first words of their names, for example: kernel onnx pytorch opencv laplacian.
    runs
        Rounds.
    seconds
        An engine that took so long in all, for one size and number of threads, leaves after three rounds.
    memory
        GB that one engine may use; half of what is free if not given. One that would need more is not run.
    results
        The folder for the results; a JSON file in it is written after each size.
    fresh
        Measure everything anew.
    json
        For programs.
    """
    from aefusion.bench.speed import SIZES, bench_speed
    from aefusion.bench.speed_tables import tables
    from aefusion.cli.bench import show
    from aefusion.cli.console import progress_bar

    with progress_bar("bench speed") as report:
        found = bench_speed(
            models or ("aenetv2",), sizes=sizes or SIZES, threads=threads or (), engines=engines or (), runs=runs,
            seconds=seconds, memory=memory and memory * 1e9, results=results, fresh=fresh, report=report,
        )  # fmt: skip
    show(found, tables, as_json=json)
