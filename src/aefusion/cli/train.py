"""Train a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    from aefusion.cli.console import progress_bar

    with extra_train():
        from aefusion.evolution.recipe import Recipe

        settings = Recipe.read(recipe)
        from aefusion.evolution.train import train as run
    kind = {"threads": threads, "accelerator": accelerator, "devices": devices or "auto"}
    with progress_bar("training", lines=False) as progress:
        path = run(settings, data, output, progress=progress, **kind)
    print(path)


@contextmanager
def extra_train() -> Iterator[None]:
    """One line where a package is missing that training needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ValueError(f"training needs {error.name}: pip install 'aefusion[train]'") from None
