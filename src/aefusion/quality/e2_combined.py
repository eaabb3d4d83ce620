"""E_2, the combined evaluation: how the seven values of each candidate of a pair become one."""

import numpy as np

MEASURED = ("EN", "AG", "SSIM", "VIFF", "NIQE", "PSNR", "NMI")
"""The metrics that E_2 combines, in the order of its columns; another measure of the gradient may stand for AG."""
TERMS = ("EN", "G", "SSIM", "VIFF", "NIQE", "PSNR", "MI")
"""What they become: the columns of `combined_terms`."""
LARGEST_PSNR = 48.13  # 20 log10 255: a mean square error of one gray level


def combined(measured: np.ndarray) -> np.ndarray:
    """E_2 of each candidate, float64 (candidates,), 0 to 1: the mean of the columns of `combined_terms`.

    ``measured``: float (candidates, 7), the raw values of all candidates of one pair, columns as MEASURED. It compares
    them with one another: a value has no meaning beside that of another call.
    Source: Fang, Zhang, Yan et al., AE-Netv2, Table VII shows E_2; its form here is this package's reconstruction, see
    docs/metrics.md.

    >>> measured = np.array([[4, 3, 0.5, 0.5, 2, 24.065, 1], [4, 6, 0.5, 0.5, 1, 24.065, 1]])
    >>> combined(measured).round(4).tolist()
    [0.5, 0.6429]
    """
    return combined_terms(measured).mean(axis=1)


def combined_terms(measured: np.ndarray) -> np.ndarray:
    """The seven terms of E_2, higher is better, about 0 to 1: float64 (candidates, 7), columns as TERMS.

    EN / 8; the gradient over the largest of the candidates; SSIM; VIFF; 1 / NIQE over the largest of the candidates, 0
    where NIQE is infinite; PSNR / 48.13, at most 1; NMI / 2, the mean over both sources.
    """
    entropy, gradient, ssim, viff, niqe, psnr, information = np.array(measured, np.float64).reshape(-1, len(TERMS)).T
    terms = entropy / 8, relative(gradient), ssim, viff, relative(1 / niqe), np.minimum(psnr / LARGEST_PSNR, 1)
    return np.stack([*terms, information / 2], axis=1)


def relative(values: np.ndarray) -> np.ndarray:
    """The values over the largest of them; as they are where that is 0, or where there is none.

    >>> relative(np.array([1.0, 4.0])).tolist()
    [0.25, 1.0]
    """
    largest = values.max(initial=0)
    return values / largest if largest > 0 else values
