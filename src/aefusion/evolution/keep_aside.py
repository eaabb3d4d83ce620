"""Which pairs training never sees: the one rule for training, for adding a method, and for studies."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def keep_aside(pairs: Sequence[T], seed: int, share: float) -> tuple[list[T], list[T]]:
    """The pairs to learn from, and those kept aside to validate on: about a share of them, from 0 to below 1.

    `pairs`: all pairs of the data, of all tasks, in the order of `image.pair_tree`. The choice depends on their number
    and on the seed alone. So a training on one task keeps aside the same pairs as one on all tasks; but data with one
    more pair are split otherwise, and weights that learned from the old split have seen pairs of the new one.

    >>> keep_aside("abcdefgh", seed=0, share=0.3)
    (['a', 'e', 'f', 'g', 'h'], ['b', 'c', 'd'])
    """
    aside = np.random.default_rng(seed).random(len(pairs)) < share
    chosen = [(pair, bool(kept)) for pair, kept in zip(pairs, aside, strict=True)]
    return [pair for pair, kept in chosen if not kept], [pair for pair, kept in chosen if kept]
