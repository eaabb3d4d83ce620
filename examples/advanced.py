"""The same picture, step by step: read, prepare, fuse in several ways, score, write the best one.

    python examples/advanced.py near.png far.png fused.png

The pictures may be shifted, turned or of different sizes.
"""

import sys

import numpy as np

import aefusion

METRICS = ["Qabf", "VIFF", "SSIM"]


def deviation(picture: np.ndarray) -> np.ndarray:
    """How much the pixels around each one differ from their mean; float32 (H, W)."""
    import cv2

    mean = cv2.blur(picture, (15, 15))
    return np.sqrt(np.maximum(cv2.blur(picture**2, (15, 15)) - mean**2, 0))


def livelier(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """A method of our own: each pixel from the source that varies more around it. Float32 (H, W) in [0, 1]."""
    return np.where(deviation(near) >= deviation(far), near, far)


# Read, and bring both to one size and one view. The plan says what that takes; it is found once and applied to the
# pair here, but it would serve for every frame of two fixed cameras.
*paths, output = sys.argv[1:]
pictures = [aefusion.read(path) for path in paths]
plan = aefusion.plan(pictures, paths, aefusion.Preparation(resize="b-to-a", align="auto", crop=True))
near, far = (picture.pixels for picture in plan(pictures))
print("\n".join([f"{near.shape[1]}x{near.shape[0]} pixels are common", *plan.warnings]))

# Networks and methods are all called in the same way.
fusers = {
    "AE-Netv2": aefusion.Fuser(),
    "AE-Netv2+ for focus": aefusion.Fuser("aenetv2-plus-focus"),
    "guided filter": aefusion.Fuser(method="gff"),
    "our own": aefusion.Fuser(method=livelier),
}
results = {name: fuser(near, far) for name, fuser in fusers.items()}

# What does each of them keep of both sources? Higher is better.
scores = {name: aefusion.score(near, far, fused, metrics=METRICS) for name, fused in results.items()}
print(f"{'':20}" + "".join(f"{metric:>8}" for metric in METRICS))
for name, values in scores.items():
    print(f"{name:20}" + "".join(f"{value:8.3f}" for value in values.values()))

best = max(scores, key=lambda name: scores[name]["Qabf"])
aefusion.write(output, aefusion.Picture(results[best]))
print(f"{output}: by {best}, the best in Qabf")
