"""What there is: networks, methods, and what is installed."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from aefusion.cli.options import Json, Names


def models(
    network: str | None = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json: Json = False,
) -> None:
    """List the networks: parameters, FLOPs at 400x400 as the paper counts them, and bytes of the shipped weights.

    `aefusion models aenetv2 -o figure2.svg` draws a network, layer by layer.

    Parameters
    ----------
    network
        The network to draw: a name of the list, a file of weights, or `file.py:function` that builds a Graph.
    output
        The drawing, an SVG file.
    """
    from aefusion.bench.models import drawn
    from aefusion.bench.models import models as rows
    from aefusion.cli.console import show_table

    if (network is None) != (output is None):
        raise ValueError("to draw a network, give its name, and an SVG file as --output")
    if network and output:
        print(drawn(network, output))
        return
    show_table(rows(), as_json=json)


def methods(*, bibtex: Annotated[Names, Parameter(consume_multiple=True)] = None, json: Json = False) -> None:
    """List the fusion algorithms: what each is for, how fast it is, where it comes from.

    Speed is for 400 x 400 on two cores: real time is below 60 ms, fast below 1 s, slow up to half a minute. The extra
    is what a method needs: `pip install 'aefusion[lab]'`. Networks of others need weights too: those that are installed
    are named, for `--method METHOD:NAME`, and `aefusion weights` says where the others are. CVS is combined vision:
    enhanced and synthetic pictures. The JSON has the parameters of the methods too.

    Parameters
    ----------
    bibtex
        Print BibTeX for the project, its paper and these methods, or `all`.
    """
    from aefusion.cli.console import show_table
    from aefusion.learned.list_weights import needed
    from aefusion.library import ANY, METHODS

    if bibtex is not None:
        from aefusion.bench.bibtex import bibtex as entries

        print(entries(() if bibtex in ([], ["all"]) else bibtex))
        return
    keys = ("name", "year", "category", "tasks", "speed", "extra", "weights", "source")
    rows = [
        {key: needed(method) if key == "weights" else getattr(method, key) for key in keys}
        | ({"parameters": method.parameters} if json else {})
        for method in METHODS.values()
    ]
    if not json:
        for row, method in zip(rows, METHODS.values(), strict=True):
            tasks = "all" if method.tasks == ANY else " ".join(method.tasks)
            row |= {"year": str(method.year), "tasks": tasks}
    show_table(rows, as_json=json)


def doctor(*, json: Json = False) -> None:
    """Say what is installed, what it runs on, and which engine a call would use."""
    from aefusion.cli.console import show_facts
    from aefusion.engine.doctor import doctor as facts

    show_facts(facts(), as_json=json)
