"""One HTML page of pictures that holds everything it needs: a section for each pair, with a slider between any two."""

import base64
import html
from pathlib import Path

import numpy as np

from aefusion.bench.panel import Panel
from aefusion.image import Picture
from aefusion.image.coded import encode
from aefusion.image.resize import resize

TEMPLATE = Path(__file__).with_name("gallery_page.html")
MARK = "<!-- sections -->"
LARGEST = 800
"""Pixels of the longer side of a picture in the page; larger ones are reduced."""
QUALITY = 92
SLIDER = """<div class="slider" hidden>
<div class="stage"><img alt=""><div class="right"><img alt=""></div><div class="line"></div>
<input type="range" min="0" max="100" step="0.2" value="50" aria-label="how much of the left picture is shown"></div>
<div class="choice"><label>left <select></select></label> <label><input type="checkbox"> inset</label>
<label>right <select></select></label></div>
</div>"""


def page(sections: list[str]) -> bytes:
    """The whole page, UTF-8."""
    before, after = TEMPLATE.read_text(encoding="utf-8").split(MARK)
    return (before + "\n".join(sections) + after).encode()


def section(panel: Panel) -> str:
    """The pictures of one pair, each once; without scripts they are all to be seen."""
    height, width = panel.pictures["a"].shape[:2]
    x, y, w, h = panel.box
    inset = f"{x / width:.6f} {y / height:.6f} {w / width:.6f} {h / height:.6f}"
    figures = "\n".join(figure(name, picture) for name, picture in panel.pictures.items())
    title = html.escape(f"{panel.task}: {panel.name}")
    return (
        f'<section data-inset="{inset}">\n<h2>{title}</h2>\n{SLIDER}\n<div class="all">\n{figures}\n</div>\n</section>'
    )


def figure(name: str, picture: np.ndarray) -> str:
    """One picture, uint8 (H, W) or (H, W, 3) RGB, with its name below."""
    height, width = picture.shape[:2]
    scale = min(1, LARGEST / max(height, width))
    shown = resize(Picture(picture), max(1, round(height * scale)), max(1, round(width * scale)))
    data = base64.b64encode(encode(shown, "jpeg", QUALITY)).decode()
    height, width = shown.pixels.shape[:2]
    label = html.escape(name)
    image = f'<img src="data:image/jpeg;base64,{data}" alt="{label}" width="{width}" height="{height}">'
    return f"<figure>{image}<figcaption>{label}</figcaption></figure>"
