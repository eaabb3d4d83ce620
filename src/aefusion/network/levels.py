"""How many levels the pyramid of AE-Netv2-P has."""

LEVELS = 6
"""At most, the lowest band included."""
SMALLEST = 8
"""The shorter side of the lowest band has at least so many pixels."""


def level_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Height and width of each level, the picture's own first.

    >>> level_sizes(400, 300)[-2:], level_sizes(20, 400), level_sizes(1, 1)
    ([(25, 19), (13, 10)], [(20, 400), (10, 200)], [(1, 1)])
    """
    sizes = [(height, width)]
    while len(sizes) < LEVELS and (min(sizes[-1]) + 1) // 2 >= SMALLEST:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes
