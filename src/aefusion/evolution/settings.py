"""Settings of a recipe, each brought to its type: YAML gives text where a number was meant, as for ``1e-1``."""

import math
from collections.abc import Callable, Mapping
from typing import Any

Convert = Callable[[str, Any], Any]
"""From the name of a setting and its value to the value in its type; ValueError that names the setting."""


def number(name: str, value: Any) -> float:
    """A finite number, also from text.

    >>> number("average", "9e-1")
    0.9
    >>> number("average", "much")
    Traceback (most recent call last):
    ...
    ValueError: average 'much': expected a number
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{name} {value!r}: expected a number")
    return found


def whole_number(name: str, value: Any) -> int:
    """A whole number, also from text, or from a float that is one.

    >>> whole_number("batch", "2"), whole_number("batch", 8.0)
    (2, 8)
    """
    found = number(name, value)
    if found != int(found):
        raise ValueError(f"{name} {value!r}: expected a whole number")
    return int(found)


def yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} {value!r}: expected true or false")
    return value


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} {value!r}: expected text")
    return value


def texts(name: str, value: Any) -> list[str]:
    """A list of texts; a text alone is none, since its letters would be taken for its items."""
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise ValueError(f"{name} {value!r}: expected a list, such as [{value if isinstance(value, str) else 'one'}]")
    return [text(name, one) for one in value]


def settings(name: str, value: Any) -> dict[str, Any]:
    """Names with values of any type."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{name} {value!r}: expected names with their values, such as {{levels: 4}}")
    return dict(value)


def shares(name: str, value: Any) -> dict[str, float]:
    """Names with numbers of 0 or more.

    >>> shares("loss", {"ssim": "1e-1"})
    {'ssim': 0.1}
    """
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{name} {value!r}: expected names with numbers, such as {{ssim: 1.0}}")
    found = {key: number(f"{name}: {key}", one) for key, one in value.items()}
    for key, one in found.items():
        if one < 0:
            raise ValueError(f"{name}: {key} {one:g}: expected 0 or more")
    return found


def segments(name: str, value: Any) -> list[tuple[int, float]]:
    """Pairs of epochs and learning rate."""
    form = f"{name} {value!r}: give [epochs, learning rate] pairs, such as [[10, 0.001], [100, 0.0001]]"
    if isinstance(value, str) or not isinstance(value, list | tuple) or not value:
        raise ValueError(form)
    if any(isinstance(one, str) or not isinstance(one, list | tuple) or len(one) != 2 for one in value):
        raise ValueError(form)
    found = [(whole_number(f"{name}: epochs", n), number(f"{name}: learning rate", rate)) for n, rate in value]
    for epochs, rate in found:
        if epochs < 1 or rate <= 0:
            raise ValueError(f"{name}: {epochs} epochs at {rate:g}: expected 1 epoch or more and a rate above 0")
    return found


def display(name: str, value: Any) -> Any:
    """A range in which thermal pictures are shown: "auto", "set", "none", or the lowest and the highest value."""
    if value in ("auto", "set", "none"):
        return value
    if isinstance(value, str) or not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{name} {value!r}: expected auto, set, none, or [lowest, highest]")
    low, high = (number(name, one) for one in value)
    if not low < high:
        raise ValueError(f"{name} {low:g} {high:g}: expected the lower value first, then the higher one")
    return low, high


def or_none(convert: Convert) -> Convert:
    return lambda name, value: None if value is None else convert(name, value)


def convert_all(recipe: Any, types: Mapping[str, Convert]) -> None:
    """Set each of these settings of a recipe to itself in its type; ValueError that says which one is wrong."""
    for name, convert in types.items():
        try:
            setattr(recipe, name, convert(name, getattr(recipe, name)))
        except ValueError as error:
            raise ValueError(f"recipe: {error}") from None
