"""The weights of two detail layers by the Karhunen-Loève transform."""

import numpy as np


def principal_component_weights(detail_a: np.ndarray, detail_b: np.ndarray) -> tuple[float, float]:
    """How much each of two detail layers counts, by the Karhunen-Loève transform of the pair.

    ``detail_a``, ``detail_b``: float (H, W) of one size. The weights are the components of the covariance matrix's
    first eigenvector, divided by their sum: they sum to 1. Details that oppose each other make that sum nearly vanish,
    and the weights would have no bound: they are equal then.

    >>> import numpy as np
    >>> detail = np.array([[1.0, -2.0], [3.0, 0.0]])
    >>> [round(float(weight), 6) for weight in principal_component_weights(detail, 3 * detail)]
    [0.25, 0.75]
    """
    if detail_a.size < 2:
        return 0.5, 0.5
    covariance = np.cov(detail_a.ravel(), detail_b.ravel())
    vector = np.linalg.eigh(covariance)[1][:, 1]
    total = vector.sum()
    if abs(total) < 0.1 or not covariance.any():
        return 0.5, 0.5
    weight_a, weight_b = vector / total
    return float(weight_a), float(weight_b)
