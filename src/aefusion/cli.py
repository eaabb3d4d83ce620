"""The command line; thin: every command is one call of a public function."""

import sys
import warnings
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from aefusion import __version__

app = App(
    name="aefusion",
    help="Fuse two or more pictures of one scene into one picture that shows what each of them shows.",
    version=__version__,
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
FILES = Group("Files", sort_key=1)
FUSION = Group("Fusion", sort_key=2)
SPEED = Group("Speed", sort_key=3)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; errors of the user's are one line on standard error and exit status 1."""
    warnings.showwarning = lambda message, *_: print(f"aefusion: warning: {message}", file=sys.stderr)
    try:
        status = app(arguments)
    except KeyboardInterrupt:
        print("aefusion: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except (ValueError, OSError, MemoryError) as error:
        message = " ".join(str(error).split()) or "out of memory"
        sys.exit(f"aefusion: {message}")
    sys.exit(status or 0)


@app.command
def fuse(
    a: Annotated[Path, Parameter(group=FILES)],
    b: Annotated[Path, Parameter(group=FILES)],
    /,
    *more: Annotated[Path, Parameter(group=FILES)],
    output: Annotated[Path, Parameter(alias="-o", group=FILES)],
    exist: Annotated[Literal["overwrite", "skip", "error"], Parameter(group=FILES)] = "overwrite",
    format: Annotated[Literal["png", "jpg", "tif", "webp", "bmp"], Parameter(group=FILES)] = "png",
    quality: Annotated[int, Parameter(group=FILES)] = 95,
    dry_run: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    model: Annotated[str, Parameter(group=FUSION)] = "aenetv2",
    method: Annotated[str | None, Parameter(group=FUSION)] = None,
    colour: Annotated[Literal["auto", "a", "b", "gray"], Parameter(group=FUSION)] = "auto",
    resize: Annotated[Literal["b-to-a", "a-to-b"] | None, Parameter(group=FUSION)] = None,
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=SPEED)] = "auto",
    threads: Annotated[int | None, Parameter(group=SPEED)] = None,
) -> int:
    """Fuse two pictures or more, or two folders of pictures.

    Parameters
    ----------
    a
        The first picture: visible, near focus, under-exposed, MRI. Or a folder.
    b
        The second: infrared, far focus, over-exposed, CT. Or a folder, with pictures of the same stems.
    more
        More pictures. Methods such as `mertens` (exposures), `average` and `max` take all at once; the network and the
        others fuse one after the other, and the order counts.
    output
        The fused picture, PNG, JPEG, TIFF, WebP or BMP by its suffix. For folders: a folder.
    exist
        What to do where the result exists already.
    format
        For folders: the format of the results.
    quality
        For JPEG and WebP, 1 to 100.
    dry_run
        For folders: list the pairs, and what has no partner, and stop.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    colour
        Where the colour comes from: `auto` from each source that has any; `gray` for none.
    resize
        Bring one source to the other's size.
    engine
        What runs the network; see `aefusion doctor`.
    threads
        How many threads; all cores, if not given.
    """
    from aefusion.fuser import Fuser
    from aefusion.image import check_target

    choices = {"colour": colour, "resize": resize, "quality": quality}
    if a.is_dir() or b.is_dir():
        from aefusion.console import list_pairs, report_folders

        if more:
            raise ValueError(f"{more[0]}: folders are fused two by two: give no third source")
        if dry_run:
            return list_pairs(a, b)
        fuser = Fuser(model, engine, threads, method)
        return report_folders(fuser, a, b, output, suffix=f".{format}", exist=exist, **choices)
    if dry_run:
        check_target(output)
        print(" + ".join(map(str, (a, b, *more))), "->", output)
        return 0
    if output.is_file() and exist != "overwrite":
        if exist == "skip":
            print(f"{output}: exists already, skipped")
            return 0
        raise ValueError(f"{output}: exists already: see --exist")
    fuser = Fuser(model, engine, threads, method)
    if more and not getattr(fuser.engine, "many", False):
        print(
            "aefusion: fused one after the other, the order counts; for exposures see --method mertens", file=sys.stderr
        )
    height, width = fuser.file((a, b, *more), output, **choices).pixels.shape[:2]
    print(f"{output}: {width}x{height}, {fuser.name} on {fuser.runs_on}")
    return 0


@app.command
def score(
    a: Path,
    b: Path,
    fused: Path,
    /,
    *,
    metrics: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    convention: Literal["paper", "vifb", "linfeng-tang", "liu"] = "paper",
    csv: Path | None = None,
    json: Path | None = None,
) -> int:
    """Measure the quality of a fused picture, or of a folder of them; exit status 1 if a pair failed.

    Parameters
    ----------
    a
        The first source, or a folder.
    b
        The second source, or a folder with pictures of the same stems.
    fused
        The fused picture, or a folder with pictures of the same stems.
    metrics
        Names such as `Qabf SCD`, or `all`: see docs/metrics.md. The paper's Table III, if not given.
    convention
        `paper` for the textbook definitions; or the values of that toolbox.
    csv
        A file for the values of every pair.
    json
        The same as JSON.
    """
    from aefusion.quality.score import TABLE_III
    from aefusion.quality.score_folders import score_folders

    for file in (csv, json):
        if file and not file.parent.is_dir():
            raise ValueError(f"{file}: there is no folder {file.parent}: make it first")
    scores = score_folders(a, b, fused, ",".join(metrics or TABLE_III), convention)
    print(scores.table())
    if csv:
        scores.write_csv(csv)
    if json:
        scores.write_json(json)
    for stem, reason in scores.failures.items():
        print(f"{stem}: {reason}", file=sys.stderr)
    return 1 if scores.failures else 0


@app.command
def models(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the networks: parameters, FLOPs at 400x400 in the paper's convention, bytes of the shipped weights.

    Parameters
    ----------
    json
        For programs.
    """
    from aefusion.bench.models import models as rows
    from aefusion.console import show_table

    show_table(rows(), as_json=json)


@app.command
def methods(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the fusion algorithms: what each is for, how fast it is, where it comes from.

    Speed is for 400 x 400 on two cores: real time below 60 ms, fast below 1 s, slow up to half a minute. The extra is
    what a method needs: `pip install 'aefusion[lab]'`. CVS is combined vision: enhanced and synthetic pictures.

    Parameters
    ----------
    json
        For programs, with the parameters.
    """
    from aefusion.console import show_table
    from aefusion.library import ANY, METHODS

    keys = ("name", "year", "category", "tasks", "speed", "extra", "source", *(["parameters"] if json else []))
    rows = [{key: getattr(method, key) for key in keys} for method in METHODS.values()]
    if not json:
        for row in rows:
            row |= {"year": str(row["year"]), "tasks": "all" if row["tasks"] == ANY else " ".join(row["tasks"])}
    show_table(rows, as_json=json)


@app.command
def export(model: str, output: Path, /, *, form: Literal["deployed", "paper"] = "deployed") -> None:
    """Write a network as an ONNX file: inputs a, b and output fused, float32 (N, 1, height, width) in [0, 1].

    Parameters
    ----------
    model
        A name that `aefusion models` lists, or a file of weights.
    output
        The ONNX file.
    form
        `deployed`: folded, fast. `paper`: layer by layer as in the paper.
    """
    from aefusion.engine.export import export as write

    write(model, output, form)
    print(f"{output}: {output.stat().st_size:,} bytes")


@app.command
def doctor(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Say what is installed, what it runs on, and which engine a call would use.

    Parameters
    ----------
    json
        For programs.
    """
    from aefusion.console import show_facts
    from aefusion.engine.doctor import doctor as facts

    show_facts(facts(), as_json=json)


@app.command
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


evolve = App(name="evolve", help="Algorithm 1: the bank of optimal solutions.")
app.command(evolve)


@evolve.command(name="bank")
def evolve_bank(
    data: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    methods: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    evaluation: str = "E2",
    jobs: int | None = None,
    limit: float = 300,
    retry: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Let fusion methods make their candidates of every pair, and keep the best; exit status 1 if a pair has none.

    What the bank holds already is not computed again: a build that was stopped goes on, methods and pairs are added.

    Parameters
    ----------
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        The bank, a folder.
    methods
        Names that `aefusion methods` lists, with parameters after commas (`lp,base=max`), or `file.py:function`; all
        that take less than a second, if not given.
    evaluation
        What chooses the best: `E2`, `E2-bounded`, the name of a metric, or `file.py:function`.
    jobs
        How many processes, of one thread each; as many as there are cores, if not given.
    limit
        Seconds for one picture; a method that takes longer has failed for the pair.
    retry
        Try again what has failed before.
    """
    from aefusion.evolution.build import build

    built = build(data, output, methods=methods, evaluation=evaluation, jobs=jobs, limit=limit, retry=retry)
    print(f"{output}: {built}")
    for line in built.failure_lines():
        print(f"aefusion: {line}", file=sys.stderr)
    return 1 if built.without else 0


@evolve.command(name="show")
def evolve_show(
    bank: Path, /, *, evaluation: str | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """Which method made the best candidate how often, per task.

    Parameters
    ----------
    bank
        A folder that `aefusion evolve bank` made.
    evaluation
        Another one than the bank was built with last, if the bank has measured what it needs.
    json
        For programs.
    """
    from aefusion.console import show_table
    from aefusion.evolution.bank import show

    show_table(show(bank, evaluation=evaluation), as_json=json)


bench = App(name="bench", help="The paper's comparisons as commands.")
app.command(bench)


@bench.command(name="methods")
def bench_methods(
    a: Path | None = None,
    b: Path | None = None,
    /,
    *,
    methods: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    size: int = 400,
    runs: int = 5,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Every fusion method side by side: time, the evaluation E_2 (higher is better), and the pictures.

    Parameters
    ----------
    a
        A picture or a folder; without it, two pairs made from photographs in scikit-image.
    b
        The other picture or folder.
    methods
        Which ones; all, and the network, if not given.
    size
        Pictures are brought to this size, as in the paper; 0 keeps theirs.
    runs
        Calls of which the time is the median.
    output
        A picture file for a sheet with the sources and all results.
    json
        For programs.
    """
    from aefusion.bench.methods import bench_methods as run
    from aefusion.console import show_table

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    rows = run(a, b, methods=methods or (), size=size, runs=runs, output=output, report=report)
    show_table(rows, as_json=json)


@app.command
def demo(*, output: Path = Path("demo")) -> None:
    """Fuse two pairs made from photographs: near and far focus, under- and over-exposed.

    Parameters
    ----------
    output
        A folder for the pictures and a contact sheet.
    """
    from aefusion.bench.demo import demo as run

    run(output)
