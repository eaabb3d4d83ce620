"""A fusion method by its name, or a function of one's own by its place; and how it runs as an engine does."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from aefusion.files import function_at, is_place
from aefusion.image.depth import to_depth
from aefusion.image.gray import grays
from aefusion.learned.find_weights import find_weights
from aefusion.library import ANY, METHODS, Method
from aefusion.weights import shipped

GROUP = "aefusion.methods"


def load(name: str) -> Method:
    """The method of that name in METHODS or among the installed entry points, or ``path/to/file.py:function``.

    A learned method takes the name of a set of weights after a colon: ``pmgi:multi_focus``.

    A function of one's own takes two sources ``f(a, b)``, or any number ``f(*sources)``: float32 (H, W) in
    [0, 1]; it returns one picture the same, which is checked at each call. Packages offer theirs by an
    entry point of the group ``aefusion.methods``.

    >>> load("lp").title
    'Laplacian pyramid'
    >>> load("laplace")
    Traceback (most recent call last):
    ...
    ValueError: no fusion method laplace: did you mean lp or lp_sr? `aefusion methods` lists all
    """
    if name in METHODS:
        return METHODS[name]
    known, _, weights = name.partition(":")
    if weights and known in METHODS and METHODS[known].home == "learned":
        return METHODS[known].with_weights(weights)
    if is_place(name):
        return own_method(name, function_at(name))
    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name in installed:
        found = installed[name].load()
        return found if isinstance(found, Method) else own_method(name, found)
    words = {name: [name] for name in [*METHODS, *installed]}
    for method in METHODS.values():
        for word in method.title.lower().split():
            words.setdefault(word, []).append(method.name)
    near = [key for word in get_close_matches(name.lower(), words) for key in words[word]]
    meant = f"did you mean {' or '.join(dict.fromkeys(near[:3]))}? " if near else ""
    if name in shipped():
        raise ValueError(f"no fusion method {name}: it is a network: give it as `model`")
    raise ValueError(f"no fusion method {name}: {meant}`aefusion methods` lists all")


def own_method(name: str, function: Callable[..., np.ndarray]) -> Method:
    """The function as a Method, its results checked; ``name`` is what errors call it."""
    if not callable(function):
        raise ValueError(f"{name} is {type(function).__name__}, not a function f(a, b)")
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin without a signature
        parameters = ()
    many = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    about = (inspect.getdoc(function) or name).splitlines()[0]
    return OwnMethod(name, name, 0, "own", ANY, about, many=many, own=function)


def parameters_of(of: Callable[..., Any] | dict[str, Any]) -> list[str] | None:
    """The names of the parameters beside the sources; None for a function that takes any."""
    if isinstance(of, dict):
        return list(of)
    try:
        parameters = inspect.signature(of).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return None
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    many = any(one.kind is one.VAR_POSITIONAL for one in parameters)
    named = [one.name for one in parameters if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return named if many else named[2:]


@dataclass(frozen=True)
class OwnMethod(Method):
    """A function that is not part of the library; what it returns is checked."""

    own: Callable[..., np.ndarray] = lambda *sources: sources[0]

    @property
    def function(self) -> Callable[..., np.ndarray]:
        return self.own

    def __call__(self, *sources: np.ndarray, **parameters: Any) -> np.ndarray:
        """The fused picture, float32 (H, W) in [0, 1]; the function gets copies, which it may write into.

        Sources as those of `library.Method`; ValueError, one line, if they are something else.
        """
        sources = tuple(grays(sources, colour=False))
        try:
            fused = self.own(*(source.copy() for source in sources), **(self.parameters | parameters))
        except Exception as error:
            raise ValueError(f"{self.name} raised {type(error).__name__}: {error}") from error
        return check_fused(self.name, fused, sources[0].shape)


def check_fused(name: str, fused: object, shape: tuple[int, ...]) -> np.ndarray:
    """The picture as float32 clipped to [0, 1]; ValueError that says what is wrong with what ``name`` returned.

    >>> check_fused("mine", np.full((1, 2), 1.1), (1, 2)).tolist()
    [[1.0, 1.0]]
    >>> check_fused("mine", np.zeros((2, 2, 3)), (2, 2))
    Traceback (most recent call last):
    ...
    ValueError: mine returned the shape (2, 2, 3): its sources have (2, 2)
    """
    if not isinstance(fused, np.ndarray):
        raise ValueError(f"{name} returned {type(fused).__name__}: return a NumPy array")
    if fused.shape != shape:
        raise ValueError(f"{name} returned the shape {fused.shape}: its sources have {shape}")
    if fused.dtype.kind != "f":
        raise ValueError(f"{name} returned {fused.dtype}: return float32 in [0, 1]")
    if not np.isfinite(fused).all():
        raise ValueError(f"{name} returned {np.count_nonzero(~np.isfinite(fused))} values that are not finite")
    low, high = float(fused.min()), float(fused.max())
    if low < -1 or high > 2:  # overshoot is clipped, another scale is not
        raise ValueError(f"{name} returned values from {low:.4g} to {high:.4g}: return float32 in [0, 1]")
    return np.clip(fused, 0, 1).astype(np.float32)


class MethodEngine:
    """A method of the library behind the interface of the engines."""

    runs_on = "CPU"

    def __init__(self, method: str | Callable[..., np.ndarray]):
        self.method = own_method(getattr(method, "__name__", "method"), method) if callable(method) else load(method)
        if self.method.home == "learned":
            find_weights(self.method.file, self.method.parameters.get("weights"))  # before any picture is read
        self.many = self.method.many
        """Whether it takes more than two sources at once."""

    def __call__(self, *sources: np.ndarray) -> np.ndarray:
        """The fused picture of gray pictures (H, W) of one dtype, uint8, uint16 or float32; of that dtype."""
        fused = self.method(*(to_depth(x, np.float32) for x in sources))
        return to_depth(np.clip(fused, 0, 1).astype(np.float32), sources[0].dtype)
