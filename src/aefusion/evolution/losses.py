"""What training minimises: the distance of the network's picture to the optimal solution, and to the sources."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aefusion.evolution.alone import alone


def gaussian_window(size: int, sigma: float) -> Tensor:
    x = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    line = torch.exp(-(x**2) / (2 * sigma**2))
    return line / line.sum()


def ssim(x: Tensor, y: Tensor, size: int = 11, sigma: float = 1.5) -> Tensor:
    """Mean structural similarity of pictures in [0, 1], (N, 1, H, W) (Wang et al. 2004), valid windows only."""
    line = gaussian_window(size, sigma).to(x)
    maps = torch.cat([x, y, x * x, y * y, x * y], dim=1)
    c = maps.shape[1]
    maps = F.conv2d(maps, line.view(1, 1, size, 1).expand(c, 1, size, 1), groups=c)
    maps = F.conv2d(maps, line.view(1, 1, 1, size).expand(c, 1, 1, size), groups=c)
    mx, my, xx, yy, xy = maps.split(1, dim=1)
    c1, c2 = 0.01**2, 0.03**2
    numerator = (2 * mx * my + c1) * (2 * (xy - mx * my) + c2)
    return (numerator / ((mx**2 + my**2 + c1) * (xx - mx**2 + yy - my**2 + c2))).mean()


def gradients(x: Tensor) -> Tensor:
    """Sobel gradients of (N, 1, H, W): horizontal and vertical, (N, 2, H - 2, W - 2)."""
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(x) / 8
    return F.conv2d(x, torch.stack([kernel, kernel.T])[:, None])


def strongest_gradients(a: Tensor, b: Tensor) -> Tensor:
    """At each pixel the gradient of the source in which it is longer."""
    ga, gb = gradients(a), gradients(b)
    return torch.where((ga**2).sum(1, keepdim=True) >= (gb**2).sum(1, keepdim=True), ga, gb)


def detail(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference to the stronger gradients of the sources, over pictures of full, half, quarter size."""
    distances = []
    for _ in range(3):
        distances.append(F.l1_loss(gradients(p), strongest_gradients(a, b)))
        p, a, b = (F.avg_pool2d(x, 2) for x in (p, a, b))
    return torch.stack(distances).mean()


def edges_kept(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How much of the sources' edges the picture keeps, 0 to 1: Qabf with a gradient (Xydeas, Petrovic 2000)."""
    kept, total = torch.zeros(()), torch.zeros(())
    (px, py), tiny = gradients(p).unbind(1), 1e-4
    strength_p = torch.sqrt(px**2 + py**2 + tiny**2)
    for source in (a, b):
        sx, sy = gradients(source).unbind(1)
        strength = torch.sqrt(sx**2 + sy**2 + tiny**2)
        ratio = torch.minimum(strength, strength_p) / torch.maximum(strength, strength_p)
        # The cosine of the angle between the two edges, whichever way they point.
        cosine = (px * sx + py * sy).abs() / (strength * strength_p)
        angle = 1 - torch.acos(cosine.clamp(0, 1 - 1e-4)) * (2 / torch.pi)
        quality = 0.9994 / (1 + torch.exp(-15 * (ratio - 0.5))) * 0.9879 / (1 + torch.exp(-22 * (angle - 0.8)))
        kept, total = kept + (quality * strength).sum(), total + strength.sum()
    return kept / total


def contrast_kept(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How much of the sources' local contrast the picture keeps, 1 at most.

    In windows of 16 pixels of the picture, and of 8 pixels of a quarter of it: the gain from the source with the larger
    variance, the covariance with it over its variance, counted up to 1 and weighted by its standard deviation.
    """
    lost, total = torch.zeros(()), torch.zeros(())
    for shrink, window, step in ((1, 16, 4), (4, 8, 2)):
        x, y, z = (F.avg_pool2d(picture, shrink) for picture in (p, a, b))
        maps = torch.cat([x, y, z, x * y, x * z, y * y, z * z], dim=1)
        mx, my, mz, xy, xz, yy, zz = F.avg_pool2d(maps, window, step).split(1, dim=1)
        of_a, of_b = yy - my**2, zz - mz**2
        variance = torch.maximum(of_a, of_b).clamp_min(0) + 1e-5
        covariance = torch.where(of_a >= of_b, xy - mx * my, xz - mx * mz)
        strength = variance.sqrt()
        lost = lost + ((1 - (covariance / variance).clamp_max(1)) * strength).sum() / len(strength) / 2
        total = total + strength.sum() / len(strength) / 2
    return 1 - lost / total


def strength_lost(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference to the source that alone shows something, where one does: see `evolution.alone`."""
    only_a, only_b = alone(a, b)
    return (only_a * (p - a).abs() + only_b * (p - b).abs()).mean()


def halo(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How far the picture is outside of what both sources are within 2 pixels, in the mean."""
    highest = F.max_pool2d(torch.maximum(a, b), 5, 1, 2)
    lowest = -F.max_pool2d(-torch.minimum(a, b), 5, 1, 2)
    return (F.relu(p - highest) + F.relu(lowest - p)).mean()


def raised(p: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """By how much the picture's gradients are longer than the longer ones of the sources, in the mean: raised noise."""
    strongest = strongest_gradients(a, b)
    tiny = 1e-6
    lengths = [torch.sqrt((x**2).sum(1) + tiny) for x in (gradients(p), strongest)]
    return F.relu(lengths[0] - lengths[1]).mean()


def fusion_loss(p: Tensor, target: Tensor, a: Tensor, b: Tensor, weights: dict[str, float]) -> Tensor:
    """Weighted sum of terms; `weights` names those in use.

    ssim: 1 - SSIM(p, target). mse, l1: mean squared and absolute difference to the target. tone: mean absolute
    difference of the means of 16 x 16 pixels. gradient: mean absolute difference of the gradients of p and of the
    target. detail: the same to the stronger of both sources' gradients, in three sizes. edges: the share of the
    sources' edges that is lost. contrast: the share of their local contrast that is lost. sources: 1 - mean SSIM to
    both sources. strength: what a source that alone shows something loses. halo: how far the picture leaves the range
    of the sources around it. raised: how much longer its gradients are than those of both sources.
    """
    terms = {
        "ssim": lambda: 1 - ssim(p, target),
        "mse": lambda: F.mse_loss(p, target),
        "l1": lambda: F.l1_loss(p, target),
        "tone": lambda: F.l1_loss(F.avg_pool2d(p, 16), F.avg_pool2d(target, 16)),
        "gradient": lambda: F.l1_loss(gradients(p), gradients(target)),
        "detail": lambda: detail(p, a, b),
        "edges": lambda: 1 - edges_kept(p, a, b),
        "contrast": lambda: 1 - contrast_kept(p, a, b),
        "sources": lambda: 1 - (ssim(p, a) + ssim(p, b)) / 2,
        "strength": lambda: strength_lost(p, a, b),
        "halo": lambda: halo(p, a, b),
        "raised": lambda: raised(p, a, b),
    }
    unknown = set(weights) - set(terms)
    if unknown:
        raise ValueError(f"loss: unknown terms {sorted(unknown)}; known are {sorted(terms)}")
    return torch.stack([weight * terms[name]() for name, weight in weights.items()]).sum()
