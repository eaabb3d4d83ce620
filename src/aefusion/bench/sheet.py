"""Contact sheets: pictures side by side, with their names."""

import numpy as np


def contact_sheet(
    rows: list[list[tuple[str, np.ndarray]]], *, height: int = 320, gap: int = 8, text: int = 22
) -> np.ndarray:
    """Rows of named pictures on white, each `height` pixels high with its name above it: uint8 (H, W, 3).

    Pictures: (H, W) or (H, W, 3) RGB, uint8, or float in [0, 1].
    """
    import cv2

    lines = []
    for row in rows:
        cells = []
        for name, picture in row:
            if picture.dtype != np.uint8:
                picture = np.uint8(np.rint(np.clip(picture, 0, 1) * 255))
            colour = picture if picture.ndim == 3 else np.dstack([picture] * 3)
            width = max(1, round(colour.shape[1] * height / colour.shape[0]))
            cell = np.full((text + height + gap, width + gap, 3), 255, np.uint8)
            cell[text : text + height, :width] = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA)
            cv2.putText(cell, name, (2, text - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
            cells.append(cell)
        lines.append(np.hstack(cells))
    width = max(line.shape[1] for line in lines)
    return np.vstack([np.pad(x, ((0, 0), (0, width - x.shape[1]), (0, 0)), constant_values=255) for x in lines])
