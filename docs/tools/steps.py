"""The pictures of docs/algorithm.md: what `save_steps` writes of a focus pair, side by side.

python docs/tools/steps.py      # beside aefusion[demo]; writes docs/steps/*.jpg
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import aefusion
from aefusion.bench.demo import focus_pair
from aefusion.bench.sheet import contact_sheet

OUTPUT = Path(__file__).parents[1] / "steps"


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="aefusion-") as name:
        folder = Path(name)
        sources = [folder / "a.png", folder / "b.png"]
        for path, pixels in zip(sources, focus_pair(), strict=True):
            aefusion.write(path, aefusion.Picture(pixels))
        for way, choice in (("network", {"model": "aenetv2"}), ("lp", {"method": "lp"})):
            aefusion.fuse_files(sources, folder / f"{way}.png", save_steps=folder / way, **choice)

        def step(way: str, file: str) -> np.ndarray:
            return aefusion.read(folder / way / f"{file}.png").pixels

        def save(file: str, rows: list[list[tuple[str, np.ndarray]]], height: int) -> None:
            aefusion.write(OUTPUT / f"{file}.jpg", aefusion.Picture(contact_sheet(rows, height=height)), 88)

        save("sources", [[(f"source {x}", step("network", f"1-source-{x}")) for x in "ab"]], 300)
        save("luminances", [[(f"luminance {x}", step("network", f"2-luminance-{x}")) for x in "ab"]], 300)
        aefusion.write(OUTPUT / "maps.jpg", aefusion.Picture(step("network", "3-maps-c1")), 88)
        for way in ("network", "lp"):
            fused, result = step(way, "4-luminance-fused"), step(way, "5-result")
            save(f"{way}-result", [[("fused luminance", fused), ("result", result)]], 300)
        bands = [
            [(f"band {i} of {x}" if x in "ab" else f"band {i}, chosen", step("lp", f"3-band-{i}-{x}"))
             for x in ("a", "b", "fused")] for i in range(1, 5)
        ]  # fmt: skip
        save("bands", bands, 200)
        save("base", [[(f"base of {x}", step("lp", f"3-base-{x}")) for x in "ab"]], 200)


if __name__ == "__main__":
    main()
