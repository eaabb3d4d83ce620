"""Where alignment starts: shift, scale and turn at which the edges of two pictures agree best, without a guess."""

from collections.abc import Callable, Sequence

import numpy as np

from aefusion.image.geometry import about_the_middle, shrunk, stretching
from aefusion.image.similarity import edges

OVERLAP = 0.35
"""The share of the smaller picture that must lie within the other."""
TURNED = 6
"""How many scales are tried with turns."""
SIFT_SIDE, SIFT_MATCHES = 512, 12
"""The longer side at which SIFT is taken, and how many matches must agree."""


def search(reference: np.ndarray, moving: np.ndarray, scales: list[float], turns: list[float]) -> list[np.ndarray]:
    """Transforms of shift, scale and turn, the best first: (3, 3) matrices, reference to moving.

    Both pictures float32 (H, W), small (100 to 200 pixels), of about the same view. For each scale about the middle,
    and for the best of these each turn (degrees), the shift is that of the largest correlation, see `best_shift`.
    """
    import cv2

    shape = reference.shape
    padded = [cv2.getOptimalDFTSize(2 * n) for n in shape]
    a = spectra(reference, np.ones(shape, np.float32), padded)

    def tried(scale: float, turn: float) -> tuple[float, float, np.ndarray]:
        matrix = about_the_middle(shape, moving.shape, scale, turn)
        picture, inside = seen(moving, matrix, shape)
        b = spectra(picture, np.minimum(inside, 1).astype(np.float32), padded)
        least = OVERLAP * min(reference.size, moving.size / scale**2)
        score, x, y = best_shift(a, b, padded, least, reference.size, shape)
        return score, scale, matrix @ [[1, 0, -x], [0, 1, -y], [0, 0, 1]]

    return best_first(tried, scales, turns)


def best_first(
    tried: Callable[[float, float], tuple[float, float, np.ndarray]], scales: list[float], turns: list[float]
) -> list[np.ndarray]:
    """The matrices that a trial of (scale, turn) gives, with its score and the scale, sorted by the score.

    Each scale is tried without a turn, and the best TURNED of them with each turn.
    """
    rows = sorted((tried(scale, 0) for scale in scales), key=lambda one: -one[0])
    rows += [tried(scale, turn) for _, scale, _ in rows[:TURNED] for turn in turns]
    return [matrix for *_, matrix in sorted(rows, key=lambda one: -one[0])]


def spectra(picture: np.ndarray, inside: np.ndarray, size: Sequence[int]) -> list[np.ndarray]:
    """The Fourier transforms, padded to a size, of what `best_shift` needs of a picture where ``inside`` is 1."""
    import cv2

    _, cos, sin = cv2.split(edges(picture) * inside[..., None])
    return [np.fft.rfft2(one, size) for one in (inside, cos, sin, cos * cos + sin * sin)]


def best_shift(
    a: list[np.ndarray],
    b: list[np.ndarray],
    size: Sequence[int],
    least: float,
    whole: float,
    shape: tuple[int, ...],
) -> tuple[float, int, int]:
    """The largest normalised correlation of the edges over the pixels that both have, and its shift (x, y) of b.

    All shifts at once by FFT (Padfield, 2012). ``least``: how many pixels both must have. ``whole``: as many as both
    can have; the same correlation says more where it is that of more pixels. ``shape``: that of the first picture; a
    shift beyond it is one to the other side.
    """
    b = [one.conj() for one in b]
    products = [a[0] * b[0], a[3] * b[0], a[0] * b[3], a[1] * b[1] + a[2] * b[2]]
    overlap, power_a, power_b, match = (np.fft.irfft2(one, size) for one in products)
    power = np.sqrt(np.maximum(power_a * power_b, 1e-6))
    score = np.where(overlap > least, match / power * np.sqrt(overlap.clip(0) / whole), -1)
    y, x = (int(one) for one in np.unravel_index(score.argmax(), score.shape))
    top = float(score[y, x])
    return top, x - size[1] * (x > shape[1]), y - size[0] * (y > shape[0])


def seen(moving: np.ndarray, matrix: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The moving picture on the reference's grid, and where it is inside (uint8, 0 or 255; a margin is left out)."""
    import cv2

    size, flags = (shape[1], shape[0]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpPerspective(moving, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.full(moving.shape, 255, np.uint8), matrix, size, flags=flags)
    inside = cv2.erode(np.where(inside == 255, 255, 0).astype(np.uint8), np.ones((5, 5)), borderValue=255)
    return picture, inside


def sift(reference: np.ndarray, moving: np.ndarray) -> list[np.ndarray]:
    """The transform of shift, scale and turn that most SIFT matches agree with; none where they are few, as between
    infrared and visible. Any scale and turn. Source: Lowe, 2004, by OpenCV.
    """
    import cv2

    detector, found = cv2.SIFT.create(1500), []
    for picture in (reference, moving):
        gray = shrunk(picture, SIFT_SIDE)
        gray = cv2.normalize(gray, np.empty(0), 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)
        found.append((stretching(picture.shape, gray.shape), *detector.detectAndCompute(gray, np.empty(0))))
    (to_a, points_a, a), (to_b, points_b, b) = found
    if a is None or b is None or min(len(a), len(b)) < SIFT_MATCHES:
        return []
    pairs = cv2.BFMatcher().knnMatch(a, b, k=2)
    good = [one for one, other in pairs if one.distance < 0.75 * other.distance]
    if len(good) < SIFT_MATCHES:
        return []
    from_ = np.array([points_a[m.queryIdx].pt for m in good], np.float32)
    to = np.array([points_b[m.trainIdx].pt for m in good], np.float32)
    matrix, agree = cv2.estimateAffinePartial2D(from_, to, ransacReprojThreshold=3)
    if matrix is None or int(agree.sum()) < SIFT_MATCHES or abs(np.linalg.det(matrix[:, :2])) < 1e-6:
        return []
    return [np.linalg.inv(to_b) @ np.vstack([matrix, [0, 0, 1]]) @ to_a]
