"""Train a network."""

import sys
from pathlib import Path

from aefusion.console import progress_bar


def train(
    recipe: Path,
    data: Path,
    /,
    *,
    output: Path,
    threads: int | None = None,
    accelerator: str = "auto",
    devices: int | None = None,
) -> None:
    """Train a network; a run that was stopped goes on where it was.

    Several GPUs share the batch; `torchrun --nproc-per-node 2 --no-python aefusion train ...` works too.

    Parameters
    ----------
    recipe
        A YAML file, such as those beside the shipped weights.
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        A folder for the weights, the logs (`log.jsonl`, TensorBoard) and the checkpoint.
    threads
        How many threads; all cores, if not given.
    accelerator
        `cpu`, `cuda`, `mps`; a GPU where there is one, if not given.
    devices
        How many of them; all GPUs or one CPU, if not given.
    """
    run, settings = load_training(recipe)
    kind = {"threads": threads, "accelerator": accelerator, "devices": devices or "auto"}
    if not sys.stderr.isatty():
        print(run(settings, data, output, **kind))
        return
    with progress_bar("training") as progress:
        path = run(settings, data, output, progress=progress, **kind)
    print(path)


def load_training(recipe: Path):
    """The function that trains, and the recipe; one line if a package is missing."""
    from aefusion.evolution.recipe import Recipe

    try:
        settings = Recipe.read(recipe)
        from aefusion.evolution.train import train as run
    except ModuleNotFoundError as error:
        raise ValueError(f"training needs {error.name}: pip install 'aefusion[train]'") from None
    return run, settings
