import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aefusion
from aefusion import Fuser, fuse
from aefusion.image import Picture, read, write

SAME = 5 / 255
"""fuse(x, x) differs from x by no more than this on average: what the shipped weights have learned."""


@pytest.fixture(scope="module")
def fuser() -> Fuser:
    return Fuser()


def test_the_public_face_is_lazy():
    import subprocess
    import sys

    code = "import sys, aefusion; print([m for m in ('cv2', 'torch', 'scipy', 'rich') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
    assert set(aefusion.__all__) <= set(dir(aefusion))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = aefusion.nonsense


def test_equal_sources_come_back(fuser, photographs):
    for picture in photographs:
        x = picture.astype(np.float32) / 255
        fused = fuser(x, x)
        assert np.abs(fused - x).mean() < SAME
        assert abs(float(fused.mean() - x.mean())) < 4 / 255  # brightness


def test_swapped_sources_change_little(fuser, photographs):
    a, b = photographs
    difference = np.abs(fuser(a, b).astype(float) - fuser(b, a)).mean()
    assert difference < 4


def test_flips_nearly_commute(fuser, photographs):
    a, b = photographs
    fused = fuser(a, b).astype(float)
    for axis in (0, 1):
        assert np.abs(np.flip(fuser(np.flip(a, axis), np.flip(b, axis)), axis) - fused).mean() < 4


def test_no_frame_at_the_border(fuser):
    """A picture that goes on as its mirror image has no border: what is beside the edge must look like the rest."""
    flat = np.full((40, 40), 90, np.uint8)
    assert np.ptp(fuser(flat, flat)) == 0


def test_no_effect_reaches_further_than_three_pixels(fuser):
    a, b = np.random.default_rng(0).random((2, 41, 41), np.float32)
    changed = a.copy()
    changed[20, 20] = 1 - changed[20, 20]
    difference = fuser(a, b) != fuser(changed, b)
    ys, xs = np.nonzero(difference)
    assert difference.any() and ys.min() >= 17 and ys.max() <= 23 and xs.min() >= 17 and xs.max() <= 23


@pytest.mark.filterwarnings("ignore:.*small part of 0 to 65535")  # two pixels may be alike
@settings(max_examples=15, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([np.uint8, np.uint16, np.float32]))
def test_any_size_and_depth(height, width, dtype):
    rng = np.random.default_rng(width)
    a, b = rng.random((2, height, width), np.float32)
    if dtype != np.float32:
        a, b = ((x * np.iinfo(dtype).max).astype(dtype) for x in (a, b))
    fused = Fuser()(a, b)
    assert fused.shape == a.shape and fused.dtype == dtype


def test_gray_repeated_to_colour_gives_gray(fuser, photographs):
    a, b = photographs
    np.testing.assert_array_equal(fuser(np.dstack([a] * 3), np.dstack([b] * 3)), fuser(a, b))


def test_the_colour_of_the_one_colour_source_is_kept(fuser, photographs):
    from skimage import data

    colour = data.astronaut()[:256, :256]
    fused = fuser(colour, photographs[0]).astype(int)
    inside = ((fused > 0) & (fused < 255)).all(-1)
    # Chroma differences of unclipped pixels are those of the source, up to rounding.
    for i, j in ((0, 1), (1, 2)):
        kept = (fused[..., i] - fused[..., j]) - (colour[..., i].astype(int) - colour[..., j])
        assert np.abs(kept[inside]).max() <= 1
    assert inside.mean() > 0.5
    assert fuser(colour, photographs[0], colour="gray").ndim == 2


def test_deepest_depth_wins(fuser, photographs):
    a, b = photographs
    deep = fuser(a.astype(np.uint16) * 257, b)
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - fuser(a, b)).max() <= 0.51


def test_sizes_that_differ(fuser, photographs, tmp_path):
    a, b = photographs
    with pytest.raises(ValueError, match=r"a is 256x256, b is 100x120: sizes differ.*`resize=.b-to-a.`"):
        fuser(a, b[:120, :100])
    assert fuser(a, b[:120, :120], resize="b-to-a").shape == (256, 256)
    with pytest.warns(UserWarning, match="a is 256x256, b 100x120: resizing distorts"):
        assert fuser(a, b[:120, :100], resize="a-to-b").shape == (120, 100)
    write(tmp_path / "a.png", Picture(a))
    write(tmp_path / "b.png", Picture(b[:50]))
    with pytest.raises(ValueError, match=r"a\.png is 256x256, .*b\.png is 256x50"):
        fuse(tmp_path / "a.png", tmp_path / "b.png")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((4, 4), np.nan), r"a: values from nan to nan; a float picture must be in \[0, 1\]"),
        (np.full((4, 4), 37.0), "a: values from 37 to 37"),
        (np.zeros((4, 4), np.int32), "a: pixels of dtype int32"),
        (np.zeros((4, 4, 7), np.uint8), r"a: pixels of shape \(4, 4, 7\)"),
        (np.zeros((0, 4), np.uint8), r"a: pixels of shape \(0, 4\)"),
    ],
)
def test_arrays_that_are_no_pictures(fuser, array, message):
    with pytest.raises(ValueError, match=message):
        fuser(array, array)


def test_sixteen_bits_that_show_nothing_are_warned_of(fuser, photographs):
    dark = photographs[0].astype(np.uint16)
    with pytest.warns(UserWarning, match="b: its values, 1 to 255, are a small part of 0 to 65535: .range=.1, 255.."):
        fuser(photographs[1], dark)


def test_functions_and_single_sources(photographs, tmp_path):
    a, b = photographs
    expected = np.rint(np.hypot(a, b.astype(float)) / 2**0.5)
    fused = fuse(a, b, method=lambda x, y: np.hypot(x, y) / np.float32(2**0.5))
    assert np.abs(fused - expected).max() <= 1
    with pytest.raises(ValueError, match=r"a\.png: no such file"):
        Fuser().file(["a.png"], tmp_path / "out.png")


def test_files_keep_depth_and_metadata(fuser, photographs, tmp_path):
    a, b = photographs
    write(tmp_path / "a.png", Picture(a.astype(np.uint16) * 257))
    write(tmp_path / "b.jpg", Picture(b))
    fuser.file((tmp_path / "a.png", tmp_path / "b.jpg"), tmp_path / "fused.tif")
    assert read(tmp_path / "fused.tif").pixels.dtype == np.uint16
    with pytest.raises(ValueError, match="would overwrite this source"):
        fuser.file((tmp_path / "a.png", tmp_path / "b.jpg"), tmp_path / "a.png")


def test_rgba_arrays(fuser, photographs):
    a, b = photographs
    rgba = np.dstack([a, a // 2, a // 3, np.full_like(a, 200)])
    assert fuser(rgba, b).shape == (256, 256, 3)


def test_the_colour_of_b_survives_a_third_source(fuser, photographs):
    from skimage import data

    gray, other = photographs
    colour = data.astronaut()[:256, :256]
    fused = fuser(gray, colour, other, colour="b").astype(int)
    inside = ((fused > 0) & (fused < 255)).all(-1)
    difference = (fused[..., 0] - fused[..., 1]) - (colour[..., 0].astype(int) - colour[..., 1])
    assert np.mean(np.abs(difference[inside]) <= 2) > 0.95  # what the first step clips is lost
    assert fuser(gray, other, colour, colour="b").ndim == 2


def test_a_method_for_any_number_is_called_once(tmp_path, photographs):
    (tmp_path / "mine.py").write_text(
        "import numpy\ndef three(*sources):\n    x, y, z = sources\n    return numpy.median([x, y, z], 0)\n"
    )
    a, b = photographs
    c = np.full_like(a, 100)
    fused = fuse(a, b, c, method=f"{tmp_path / 'mine.py'}:three")
    np.testing.assert_array_equal(fused, np.median([a, b, c], axis=0))


def test_weights_are_those_of_their_recipe():
    from aefusion.evolution.recipe import Recipe
    from aefusion.weights import FOLDER, load, shipped

    for name, path in shipped().items():
        assert Recipe(**load(path)[1]["recipe"]) == Recipe.read(FOLDER / f"{name}.yaml")
        assert (FOLDER / f"{name}.md").is_file()


@pytest.mark.data
def test_quality_on_vifb(shared):
    """The figure that the first weights were to reach; pictures that were never trained on."""
    from aefusion.image import pairs
    from aefusion.image.colour import luminance
    from aefusion.quality.qabf import qabf

    fuser, values = Fuser(), []
    folder = shared / "data" / "test" / "ir_visible" / "vifb"
    for _, *paths in pairs(folder / "a", folder / "b").pairs:
        a, b = (np.rint(luminance(read(path).pixels) * 255) / np.float32(255) for path in paths)
        values.append(qabf(a, b, np.rint(fuser(a, b) * 255) / np.float32(255)))
    assert len(values) == 21 and np.mean(values) > 0.60
