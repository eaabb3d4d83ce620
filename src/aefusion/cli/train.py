"""Train a network."""

from pathlib import Path


def train(recipe: Path, data: Path, /, *, output: Path, threads: int | None = None) -> None:
    """Train a network; a run that was stopped goes on where it was.

    Parameters
    ----------
    recipe
        A YAML file, such as those beside the shipped weights.
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        A folder for the weights, the log and the checkpoint.
    threads
        How many threads; all cores, if not given.
    """
    from aefusion.evolution.recipe import Recipe

    try:
        settings = Recipe.read(recipe)
        from aefusion.evolution.train import train as run
    except ModuleNotFoundError as error:
        raise ValueError(f"training needs {error.name}: pip install 'aefusion[train]'") from None
    print(run(settings, data, output, threads=threads))
