"""Files of microscopes that are no TIFF."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from aefusion import FileError, fuse_stack, read
from aefusion.image.microscopes import as_picture
from aefusion.image.planes import open_planes

PLANES = np.random.default_rng(0).integers(0, 4096, (4, 2, 24, 40), dtype=np.uint16)


@pytest.fixture
def czi(tmp_path):
    """Four planes of two channels, 0.325 micrometres a pixel and 2 a plane."""
    writer = pytest.importorskip("pylibCZIrw.czi")
    path = tmp_path / "a.czi"
    with writer.create_czi(str(path)) as file:
        for z in range(4):
            for c in range(2):
                file.write(data=PLANES[z, c][..., None], plane={"T": 0, "Z": z, "C": c}, scene=0)
        file.write_metadata(document_name="a", channel_names={0: "DAPI", 1: "GFP"}, scale_x=3.25e-7, scale_y=6.5e-7,
                            scale_z=2e-6)  # fmt: skip
    return path


@pytest.mark.filterwarnings("ignore:its values")
def test_czi(czi, tmp_path):
    file = open_planes(czi)
    assert file and (file.channels, file.depth, file.times, file.positions) == (("DAPI", "GFP"), 4, 1, 1)
    for z in range(4):
        for c in range(2):
            assert (file.read(0, 0, c, z, print).pixels == PLANES[z, c]).all()
    fused = fuse_stack([czi], tmp_path / "gfp.tif", channel="GFP")
    assert (fused.pixels == fuse_stack(list(PLANES[:, 1]), kind="focus").pixels).all()
    scale = read(tmp_path / "gfp.tif").metadata.scale
    assert scale and scale.unit == "um" and scale.step == pytest.approx(2)
    assert np.allclose(scale.density, (1 / 0.325, 1 / 0.65))


@pytest.mark.parametrize("suffix", ["czi", "nd2"])
def test_without_the_reader_it_is_said_what_to_do(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes({"czi": b"ZISRAWFILE", "nd2": b"\xda\xce\xbe\x0a"}[suffix].ljust(99, b"\0"))
    monkeypatch.setitem(sys.modules, {"czi": "pylibCZIrw", "nd2": "nd2"}[suffix], None)
    with pytest.raises(FileError, match=rf"a.{suffix}: .* file: pip install 'aefusion\[microscopy\]'"):
        fuse_stack([path])


@pytest.mark.parametrize("suffix", ["czi", "nd2"])
def test_what_is_no_such_file_is_one_line(tmp_path, suffix):
    pytest.importorskip({"czi": "pylibCZIrw", "nd2": "nd2"}[suffix])
    path = tmp_path / f"a.{suffix}"
    path.write_bytes({"czi": b"ZISRAWFILE", "nd2": b"\xda\xce\xbe\x0a"}[suffix].ljust(99, b"\0"))
    with pytest.raises(FileError, match=rf"a.{suffix}: cannot be read as {suffix.upper()}"):
        fuse_stack([path])


class StandIn:
    """What `nd2.ND2File` gives, as its documentation says: loops over times and planes, channels in each frame."""

    sizes = {"T": 2, "Z": 2, "C": 2, "Y": 24, "X": 40}  # noqa: RUF012
    loop_indices = tuple({"T": t, "Z": z} for t in range(2) for z in range(2))
    metadata = SimpleNamespace(
        channels=[SimpleNamespace(channel=SimpleNamespace(name=name)) for name in ("DAPI", "GFP")]
    )

    def __init__(self, path):
        pass

    def read_frame(self, i):
        return PLANES[i]

    def voxel_size(self):
        return 0.325, 0.325, 2.0

    def close(self):
        pass


def test_nd2_by_what_its_reader_gives(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nd2", SimpleNamespace(ND2File=StandIn))
    path = tmp_path / "a.nd2"
    path.write_bytes(b"\xda\xce\xbe\x0a".ljust(99, b"\0"))
    file = open_planes(path)
    assert file and (file.channels, file.depth, file.times) == (("DAPI", "GFP"), 2, 2)
    assert (file.read(0, 1, 1, 0, print).pixels == PLANES[2, 1]).all()
    assert file.scale and file.scale.step == 2 and np.allclose(file.scale.density, 1 / 0.325)


def test_planes_of_other_numbers_are_counts():
    assert as_picture(np.zeros((4, 5, 3), np.uint8), None).is_colour
    counts = as_picture(np.full((4, 5, 1), 9.0), None)
    assert counts.measured and (counts.kind, counts.pixels.dtype) == ("float64", np.float32)
