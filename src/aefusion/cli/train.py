"""Train a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.options import Output, Pattern, ShownRange


def train(
    recipe: Path,
    data: Path,
    /,
    *,
    output: Output,
    threads: Annotated[int | None, Parameter(show_default=lambda _: "all cores")] = None,
    accelerator: str = "auto",
    devices: Annotated[int | None, Parameter(show_default=lambda _: "all GPUs, or one CPU")] = None,
    pair: Pattern = None,
    range: Annotated[ShownRange | None, Parameter(show_default=lambda _: "as the recipe says")] = None,
) -> None:
    """Train a network. A run that was stopped goes on where it was.

    Several GPUs share the batch. `torchrun --nproc-per-node 2 --no-python aefusion train ...` works too.

    Parameters
    ----------
    recipe
        A YAML file, or the name of a recipe of this package: `paper` for tables I and II, or that of shipped weights;
        `ifcnn-here`, `densefuse-here`, `cnn_iv-here` or `deepfuse-here` for networks of other authors.
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        A folder for the weights, the logs (`log.jsonl`, TensorBoard) and the checkpoint.
    threads
        How many threads.
    accelerator
        What computes: `cpu`, `cuda` or `mps`; `auto` takes a GPU where there is one.
    devices
        How many of them.
    """
    from aefusion.cli.console import progress_bar

    with extra_train():
        from aefusion.evolution.learned_recipe import LearnedRecipe
        from aefusion.evolution.recipe import Recipe

        settings = LearnedRecipe.read(recipe) or Recipe.read(recipe)
        given = {name: value for name, value in {"pair": pair, "range": range}.items() if value}
        if isinstance(settings, Recipe):
            settings = replace(settings, **given)  # pyright: ignore[reportArgumentType]
        elif given:
            raise ValueError(f"{recipe}: a recipe with a method takes no `{next(iter(given))}`")
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
