"""A first try without pictures of your own."""

from pathlib import Path

from aefusion.cli.options import Output


def demo(*, output: Output = Path("demo")) -> None:
    """Fuse two pairs that are made from photographs: near and far focus, under- and over-exposed.

    Parameters
    ----------
    output
        A folder for the pictures and a contact sheet.
    """
    from aefusion.bench.demo import demo as run

    run(output)
