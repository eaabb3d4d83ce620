import numpy as np


class Blend:
    """A weighted sum of pictures, each band of frequencies with shares that are as smooth as the band is coarse.

    Laplacian pyramids of the pictures times Gaussian pyramids of their shares: P. Burt, E. Adelson, 1983, A
    multiresolution spline with application to image mosaics. It holds one pyramid, however many pictures are added.

    >>> blend = Blend()
    >>> picture = np.float32(np.random.default_rng(0).random((9, 14)))
    >>> for share in (0.25, 0.75):
    ...     blend.add(picture, np.full((9, 14), share, np.float32))
    >>> bool(np.allclose(blend.result(), picture, atol=1e-6))
    True
    """

    def __init__(self):
        self._bands: list[np.ndarray] = []

    def add(self, pixels: np.ndarray, share: np.ndarray) -> None:
        """``pixels``: float32 (H, W) or (H, W, 3); ``share``: float32 (H, W); all shares of a pixel sum to 1."""
        import cv2

        levels = int(np.log2(min(share.shape)))
        for level in range(levels + 1):
            band = pixels
            if level < levels:
                low = cv2.pyrDown(pixels)
                band = cv2.pyrUp(low, dstsize=share.shape[::-1])
                cv2.subtract(pixels, band, dst=band)
                pixels = low
            if level == len(self._bands):
                self._bands.append(np.zeros_like(band))
            weights = share if band.ndim == 2 else cv2.merge([share] * 3)
            cv2.accumulateProduct(band, weights, self._bands[level])
            share = cv2.pyrDown(share)

    def result(self) -> np.ndarray:
        """The sum, float32, of the shape of the pictures; it may leave [0, 1] a little beside strong edges."""
        import cv2

        picture = self._bands[-1]
        for band in reversed(self._bands[:-1]):
            picture = cv2.pyrUp(picture, dstsize=band.shape[1::-1]) + band
        return picture
