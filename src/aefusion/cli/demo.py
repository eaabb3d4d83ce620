"""A first try without pictures of your own."""

from pathlib import Path


def demo(*, output: Path = Path("demo")) -> None:
    """Fuse two pairs made from photographs: near and far focus, under- and over-exposed.

    Parameters
    ----------
    output
        A folder for the pictures and a contact sheet.
    """
    from aefusion.bench.demo import demo as run

    run(output)
