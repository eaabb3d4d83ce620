"""A weighted sum of pictures, band by band."""

import numpy as np

from aefusion.transforms.within_range import within_range

FROM, OF = 2, 36
"""The finest band whose coarse picture is limited: the third, or that whose pixels are 1/36 of the shorter side."""


class Blend:
    """A weighted sum of pictures, each band of frequencies with shares that are as smooth as the band is coarse.

    Laplacian pyramids of the pictures times Gaussian pyramids of their shares: P. Burt, E. Adelson, 1983, A
    multiresolution spline with application to image mosaics. It holds two pyramids, however many pictures are added.

    The coarse bands bring what is far away into a place: a narrow dark ground gets the base of the bright sky beside
    it, and what the fine bands add there ends below black. With ``shadows`` and ``highlights``, both in [0, 1], the
    picture is kept near its local mean where it would leave the range; see `within_range`.

    >>> blend = Blend()
    >>> picture = np.float32(np.random.default_rng(0).random((9, 14)))
    >>> for share in (0.25, 0.75):
    ...     blend.add(picture, np.full((9, 14), share, np.float32))
    >>> bool(np.allclose(blend.result(), picture, atol=1e-6))
    True
    """

    def __init__(self, shadows: float | None = None, highlights: float | None = None):
        self.limits = None if shadows is None and highlights is None else (shadows or 0.0, highlights or 0.0)
        self._bands: list[np.ndarray] = []
        self._means: list[np.ndarray] = []
        self._room: dict[tuple[str, int], np.ndarray] = {}
        self._finest = 0

    def add(self, pixels: np.ndarray, share: np.ndarray) -> None:
        """``pixels``: float32 (H, W) or (H, W, 3); ``share``: float32 (H, W); all shares of a pixel sum to 1."""
        import cv2

        # Arrays are kept from picture to picture: to get memory for them anew takes longer than to fill it.
        room, levels = self._room, int(np.log2(min(share.shape)))
        self._finest = max(FROM, int(np.log2(max(1, min(share.shape) / OF)))) if self.limits else levels + 1
        for level in range(levels + 1):
            weights = share
            if pixels.ndim == 3:
                weights = room["weights", level] = cv2.merge([share] * 3, room.get(("weights", level)))
            if level == len(self._bands):
                self._bands.append(np.zeros_like(pixels))
                self._means.append(np.zeros_like(pixels if level >= self._finest else pixels[:0]))
            if level >= self._finest:
                cv2.accumulateProduct(pixels, weights, self._means[level])
            band = pixels
            if level < levels:
                low = room["low", level] = cv2.pyrDown(pixels, room.get(("low", level)))
                band = cv2.pyrUp(low, room.get(("band", level)), share.shape[::-1])
                band = room["band", level] = cv2.subtract(pixels, band, band)
                pixels = low
            cv2.accumulateProduct(band, weights, self._bands[level])
            if level < levels:
                share = room["share", level] = cv2.pyrDown(share, room.get(("share", level)))

    def result(self) -> np.ndarray:
        """The sum, float32, of the shape of the pictures; it may leave [0, 1] a little beside strong edges."""
        import cv2

        self._room.clear()
        picture = self._bands.pop()
        self._means.pop()
        while self._bands:
            band, mean, level = self._bands.pop(), self._means.pop(), len(self._bands)
            picture = cv2.add(cv2.pyrUp(picture, dstsize=band.shape[1::-1]), band, band)
            if self.limits and level >= self._finest:
                # Where shares change from pixel to pixel, as in skies, so does the mean: what it adds is smoothed.
                mean = picture + cv2.GaussianBlur(mean - picture, (0, 0), 1)
                picture = within_range(picture, mean, *self.limits)
        return picture
