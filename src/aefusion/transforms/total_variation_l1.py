"""The solver of total variation with an absolute fidelity (TV-L1), by iteratively reweighted least squares."""

import math
from collections.abc import Callable

import numpy as np


def total_variation_l1(target: np.ndarray, regularity: float, rounds: int, iterations: int) -> np.ndarray:
    """The float32 (H, W) that minimises |x - ``target``| + ``regularity`` TV(x), summed over all pixels.

    Each round replaces both absolute values by squares whose weights come from the round before. Substituting
    x = scale v, where scale is the inverse square root of the fidelity's weight, keeps the systems well
    conditioned.

    Rodriguez and Wohlberg, 2009, "Efficient minimization method for a generalized total variation
    functional", IEEE Transactions on Image Processing 18(2).
    """
    x = target.copy()
    scale = np.full_like(target, 2 * math.sqrt(0.1))
    for number in range(rounds):
        if number > 0:
            scale = np.sqrt(_at_least_quantile(np.abs(x - target), 0.05, above=True) / 2)
        across, down = _gradient(x)
        strength = _at_least_quantile(across**2 + down**2, 0.01, above=False)
        if not scale.any() or not strength.any():
            return x
        weight = 2 * regularity / np.sqrt(strength)

        def normal(v: np.ndarray, scale: np.ndarray = scale, weight: np.ndarray = weight) -> np.ndarray:
            across, down = _gradient(scale * v)
            return v + scale * _gradient_transposed(weight * across, weight * down)

        v, steps = _conjugate_gradients(normal, target / scale, x / scale, iterations)
        x = scale * v
        if steps == 0:
            break
    return x


def _conjugate_gradients(
    normal: Callable[[np.ndarray], np.ndarray],
    target: np.ndarray,
    x: np.ndarray,
    iterations: int,
    shrink: float = 0.2,
) -> tuple[np.ndarray, int]:
    """The solution of normal(x) = target, and the steps it took from ``x`` to ``shrink`` the residual."""
    residual = target - normal(x)
    power = np.vdot(residual, residual)
    goal = shrink**2 * power
    direction = residual.copy()
    step = 0
    while step < iterations and power > goal:
        image = normal(direction)
        length = power / np.vdot(direction, image)
        x = x + length * direction
        residual -= length * image
        power, last = np.vdot(residual, residual), power
        direction *= power / last
        direction += residual
        step += 1
    return x, step


def _at_least_quantile(values: np.ndarray, share: float, *, above: bool) -> np.ndarray:
    """``values`` raised to the level below which about ``share`` of them lie, so that none vanishes.

    The level is read from a histogram of 1000 cells; ``above``: the cell after the one where the share is
    reached.
    """
    low, high = values.min(), values.max()
    if high <= low:
        return values
    cell = (high - low) / 999
    counts = np.bincount(np.rint((values - low) / cell).astype(np.intp).ravel(), minlength=1000)
    reached = int(np.argmax(np.cumsum(counts) > share * values.size))
    level = low + reached * cell
    if above or level <= 0:
        level += cell
    return np.maximum(values, level)


def _gradient(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The differences to the right and to the lower neighbour, 0 at the far border."""
    across, down = np.zeros_like(x), np.zeros_like(x)
    np.subtract(x[:, 1:], x[:, :-1], out=across[:, :-1])
    np.subtract(x[1:], x[:-1], out=down[:-1])
    return across, down


def _gradient_transposed(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    result = -across - down
    result[:, 1:] += across[:, :-1]
    result[1:] += down[:-1]
    return result
