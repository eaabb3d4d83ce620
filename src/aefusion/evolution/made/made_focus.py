"""Two focus settings of one scene, made from a sharp photograph, which is the truth."""

import numpy as np

from aefusion.evolution.made.defocus import blur, disc, from_light, gaussian, to_light
from aefusion.evolution.made.focus_mask import focus_mask, grid
from aefusion.evolution.made.made_pair import MadePair
from aefusion.evolution.made.recorded import recorded

RADIUS = (1.0, 7.0)
"""Of the circle of confusion, in pixels; the logarithm is even in it. A Gaussian has half of it as its sigma."""
NOISE = (0.002, 0.02)
"""The standard deviation of the noise, where there is any."""
NOISY_SHARE = 0.5
SLOPE_SHARE = 0.25
"""How many of the scenes are one surface that goes away, instead of two things of two distances."""
STEPS = 5
"""A surface that goes away is blurred by so many kernels, and between them by their mean."""


def made_focus(picture: np.ndarray, rng: np.random.Generator) -> MadePair:
    """Near and far focus of a scene, in either order, as 8-bit files hold them, and the sharp picture.

    picture: sharp, gray, float32 (H, W) in [0, 1]. Takes one to three milliseconds for 128 x 128.
    """
    near, far = going_away(picture, rng) if rng.random() < SLOPE_SHARE else two_distances(
        picture, focus_mask(picture, rng), kernel(rng), kernel(rng)
    )  # fmt: skip
    if rng.random() < NOISY_SHARE:
        sigma = rng.uniform(*NOISE)
        near, far = (x + np.float32(sigma) * rng.standard_normal(x.shape, np.float32) for x in (near, far))
    near, far = recorded(near, far, rng)
    return MadePair(near, far, picture) if rng.random() < 0.5 else MadePair(far, near, picture)


def kernel(rng: np.random.Generator) -> np.ndarray:
    """A disc or a Gaussian, with equal chance."""
    radius = float(np.exp(rng.uniform(*np.log(RADIUS))))
    return disc(radius) if rng.random() < 0.5 else gaussian(radius / 2)


def two_distances(
    picture: np.ndarray, mask: np.ndarray, far_blur: np.ndarray, near_blur: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The picture with what is near in focus, and with what is far in focus; float32 (H, W) in [0, 1].

    mask: what is near, float32 (H, W) in [0, 1]. In near focus the far part is blurred up to the edge, and none of
    the near part flows into it. In far focus the near part spreads over its edge and lets the far part, which goes on
    behind it, shine through there, as a lens does it. What the blur does not reach is the picture as it was.
    """
    light, far = to_light(picture), 1 - mask
    share = blur(far, far_blur)
    hidden = blur(light * far, far_blur) / np.maximum(share, np.float32(1e-3))
    near_focus = light * mask + hidden * far
    spread = blur(mask, near_blur)
    covered = np.clip(share * 4, 0, 1) * mask
    behind = light * (1 - covered) + hidden * covered
    far_focus = blur(light * mask, near_blur) + behind * (1 - spread)
    return from_light(near_focus), from_light(far_focus)


def going_away(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The picture as a surface that goes away: sharp at one end and blurred at the other, and the other way round."""
    y, x = grid(*picture.shape)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    depth = np.clip((along - along.min()) / np.ptp(along) * 1.3 - 0.15, 0, 1).astype(np.float32)
    light, most = to_light(picture), float(np.exp(rng.uniform(np.log(2 * RADIUS[0]), np.log(RADIUS[1]))))
    stack = [light, *(blur(light, disc(most * step / (STEPS - 1))) for step in range(1, STEPS))]
    return from_light(between(stack, depth)), from_light(between(stack, 1 - depth))


def between(stack: list[np.ndarray], place: np.ndarray) -> np.ndarray:
    """At each pixel the mean of the two pictures of a stack that are next to a place, from 0 for the first to 1."""
    at = place * np.float32(len(stack) - 1)
    return sum(x * np.maximum(1 - np.abs(at - np.float32(i)), 0) for i, x in enumerate(stack))  # pyright: ignore
