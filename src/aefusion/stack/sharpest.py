from collections.abc import Callable, Iterable

import numpy as np

from aefusion.image.depth import to_depth
from aefusion.stack.pictures import Frame
from aefusion.stack.weights import FOCUS_POWER, focus_weight


def sharpest(frames: Iterable[Frame], progress: Callable[[int], object]) -> int:
    """Which picture of a focus stack is the sharpest as a whole: that of the most energy of fine detail, from 0.

    ``progress`` is called after each picture with how many are done.
    """
    energies = []
    for picture, covered in frames:
        energy = np.exp(focus_weight(to_depth(picture.pixels, np.float32)) / np.float32(FOCUS_POWER))
        energies.append(float(energy.mean() if covered is None else energy[covered].mean()))
        progress(len(energies))
    return int(np.argmax(energies))
