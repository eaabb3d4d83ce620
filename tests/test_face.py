"""What callers of the package meet first: sources of any kind, any number of them, results of one shape, warnings."""

import json
import threading
from itertools import permutations

import numpy as np
import pytest
from PIL import Image

import aefusion
from aefusion import FileError, Fused, Fuser, Picture, Preparation, fuse, fuse_files, fuse_folders, plan, read, write


@pytest.fixture(scope="module")
def colours() -> list[np.ndarray]:
    """Three colour photographs, uint8 (90, 110, 3), of different exposure and tint."""
    from skimage import data

    scene = data.astronaut()[:180:2, 100:320:2].astype(float)
    tints = ([1, 0.8, 0.5], [0.6, 1, 0.9], [0.9, 0.7, 1.2])
    return [np.uint8(np.clip(scene * tint, 0, 255)) for tint in tints]


# --- more than two sources ---


@pytest.mark.parametrize("method", ["average", "max", "mertens"])
@pytest.mark.parametrize("gray", [False, True])
def test_methods_that_take_all_at_once_do_not_depend_on_the_order(colours, method, gray):
    sources = [picture[..., 1] for picture in colours] if gray else colours
    first, *others = (fuse(*order, method=method) for order in permutations(sources))
    assert first.dtype == np.uint8
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_three_colours_are_mixed_by_saturation_in_one_step(colours):
    fused = fuse(*colours, method="average").astype(float) / 255
    grays = [aefusion.fuse(x, x, method="average", colour="gray").astype(float) / 255 for x in colours]
    to_chroma = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]).T
    chroma = np.array([picture / 255 @ to_chroma for picture in colours])
    size = np.abs(chroma)
    expected = (chroma * size).sum(0) / np.maximum(size.sum(0), 1e-9)
    inside = ((fused > 0.02) & (fused < 0.98)).all(axis=2)  # where nothing was clipped
    np.testing.assert_allclose((fused @ to_chroma)[inside], expected[inside], atol=0.006)
    luminance = fused @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(luminance[inside], np.mean(grays, axis=0)[inside], atol=0.006)


def test_the_colour_of_one_of_three_is_kept(colours):
    gray = [picture[..., 1] for picture in colours]
    fused = fuse(gray[0], colours[1], gray[2], method="max", colour="b").astype(float)
    to_chroma = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]).T
    inside = ((fused > 2) & (fused < 253)).all(axis=2)
    np.testing.assert_allclose((fused @ to_chroma)[inside], (colours[1] @ to_chroma)[inside], atol=1)
    assert fuse(*gray, method="max").ndim == 2


def test_a_network_takes_three_one_after_the_other_in_float(colours):
    gray = [picture[..., 1] for picture in colours]
    fuser = Fuser()
    a, b, c = (np.float32(x) / np.float32(255) for x in gray)
    expected = fuser.engine(fuser.engine(a, b), c)
    assert np.abs(fuser(*gray) - expected * 255.0).max() <= 0.5 + 1e-3


# --- sources of any kind ---


def test_pil_pictures_are_taken(colours):
    one, other = (Image.fromarray(picture) for picture in colours[:2])
    np.testing.assert_array_equal(fuse(one, other, method="max"), fuse(*colours[:2], method="max"))
    with pytest.raises(ValueError, match=r"^b: a PIL picture of mode P: give picture\.convert"):
        fuse(one, other.convert("P"), method="max")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([[1, 2], [3, 4]], r"^a: a list: give a path, or a NumPy array \(H, W\)"),
        (None, r"^a: a NoneType: give a path, or a NumPy array"),
        (7, r"^a: a int: give a path"),
        (np.zeros((3, 4, 5, 6), np.uint8), r"^a: pixels of shape \(3, 4, 5, 6\)"),
        (np.zeros((3, 20, 30), np.uint8), r"^a: pixels of shape \(3, 20, 30\)"),
        (np.zeros((0, 4), np.uint8), r"^a: pixels of shape \(0, 4\)"),
        (np.zeros((4, 4), np.int64), r"^a: pixels of dtype int64: expected uint8, uint16 or float32"),
        (np.full((4, 4), np.nan), r"^a: values from nan to nan; a float picture must be in \[0, 1\], no NaN"),
        (np.full((4, 4), 255.0), r"^a: values from 255 to 255; a float picture must be in \[0, 1\]"),
    ],
)
def test_what_is_no_picture_is_told_in_one_line(source, message):
    with pytest.raises(ValueError, match=message) as caught:
        fuse(source, np.zeros((4, 4), np.uint8), method="max")
    assert "\n" not in str(caught.value)


def test_tensors_and_open_files_are_told_what_to_do(tmp_path):
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"^b: a torch\.Tensor: give a path or a NumPy array.*permute\(1, 2, 0\)"):
        fuse(np.zeros((4, 4), np.uint8), torch.zeros(3, 4, 4), method="max")
    (tmp_path / "x.png").write_bytes(b"")
    with (tmp_path / "x.png").open("rb") as file, pytest.raises(ValueError, match=r"^a: an open file: give a path"):
        fuse(file, np.zeros((4, 4), np.uint8))


def test_parameters_that_do_not_go_together_or_do_not_exist(colours):
    with pytest.raises(ValueError, match=r"^engine onnx and method lp: engines run networks"):
        fuse(*colours[:2], method="lp", engine="onnx")
    with pytest.raises(ValueError, match=r"^engine nonsense and method lp"):
        Fuser(method="lp", engine="nonsense")
    with pytest.raises(ValueError, match=r"^unknown engine 'nonsense'; known are auto, cpu, onnx, torch"):
        Fuser(engine="nonsense")
    with pytest.raises(TypeError, match=r"fuse\(\) got an unexpected keyword argument 'resise'"):
        fuse(*colours[:2], resise="b-to-a")


# --- the plan ---


def test_a_plan_is_found_once_and_applied_to_other_pictures():
    rng = np.random.default_rng(0)
    counts = [Picture((7000 + rng.integers(0, 500, (40, 50))).astype(np.uint16)) for _ in range(3)]
    visible = [Picture(rng.integers(0, 256, (80, 100, 3), np.uint8)) for _ in range(3)]
    found = plan([visible[0], counts[0]], ["v", "t"], Preparation(range=(7000, 7500), resize="b-to-a"))
    assert [one.source for one in found.ranges] == ["b"] and found.size == (80, 100) and not found.warnings
    for pair in zip(visible, counts, strict=True):
        a, b = found(pair)
        assert a is pair[0] and b.pixels.shape == (80, 100) and b.pixels.dtype == np.uint16
    small = Picture(counts[1].pixels[::2, ::2])
    assert found([visible[0], small])[1].pixels.shape == (80, 100)  # brought to the size that was planned first


def test_warnings_travel_in_the_plan_and_are_told_once():
    pictures = [Picture(np.zeros(shape, np.uint8)) for shape in ((40, 50), (40, 80))]
    with pytest.warns(UserWarning, match="resizing distorts") as told:
        found = plan(pictures, ["a.png", "b.png"], Preparation(resize="b-to-a"))
    assert len(told) == 1
    assert found.warnings == ("a.png is 50x40, b.png 80x40: resizing distorts",)


# --- results ---


@pytest.fixture
def files(tmp_path, colours):
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    write(paths[0], Picture(colours[0]))
    write(paths[1], Picture(colours[1][:, :60]))
    return paths


def test_the_result_of_files_says_what_was_noticed(files, tmp_path):
    with pytest.warns(UserWarning, match="resizing distorts"):
        done = fuse_files(files, tmp_path / "c.png", method="max", resize="b-to-a")
    assert isinstance(done, Fused) and done.status == "fused" and done.output == tmp_path / "c.png"
    assert (done.width, done.height, done.count) == (110, 90, 2) and done.by == "max on CPU"
    np.testing.assert_array_equal(read(tmp_path / "c.png").pixels, done.pixels)
    row = json.loads(json.dumps(done.row()))
    assert "resizing distorts" in row["warning"] and row["sources"] == list(map(str, files)) and row["error"] is None
    assert fuse_files(files, tmp_path / "c.png", exist="skip").status == "skipped"
    with pytest.raises(ValueError, match=r"c\.png: exists already: see `exist`"):
        fuse_files(files, tmp_path / "c.png", exist="error")


def test_folders_are_fused_while_one_goes_through_them(tmp_path, colours):
    for side, shift in (("a", 0), ("b", 1)):
        (tmp_path / side).mkdir()
        for i in range(3):
            write(tmp_path / side / f"{i}.png", Picture(colours[shift]))
    (tmp_path / "b" / "1.png").write_bytes(b"no picture")
    write(tmp_path / "a" / "alone.png", Picture(colours[0]))
    job = fuse_folders(tmp_path / "a", tmp_path / "b", tmp_path / "out", method="max")
    assert len(job) == 3 and [path.name for path in job.alone] == ["alone.png"] and not (tmp_path / "out").exists()
    assert [one.status for one in job.planned()] == ["planned"] * 3
    done = list(job)
    assert [(one.name, one.status) for one in done] == [("0", "fused"), ("1", "failed"), ("2", "fused")]
    assert "1.png" in done[1].error and done[1].output is None
    assert (done[0].width, done[0].height) == (110, 90) and done[0].output == tmp_path / "out" / "0.png"
    with pytest.raises(ValueError, match=r"the result is in its file only: read .*0\.png"):
        _ = done[0].pixels


def test_stacks_have_the_same_shape_of_result(tmp_path, colours):
    paths = [tmp_path / f"{i}.tif" for i in range(3)]
    for path, picture in zip(paths, colours, strict=True):
        write(path, Picture(picture))
    done = aefusion.fuse_stack(paths, tmp_path / "out.tif", kind="focus", save_map=tmp_path / "map.png")
    assert isinstance(done, Fused) and done.output == tmp_path / "out.tif" and (done.count, done.kind) == (3, "focus")
    assert done.row()["width"] == 110 and done.source_map is not None and (tmp_path / "map.png").exists()
    with pytest.raises(ValueError, match=r"m\.png: a map is written beside a result: give `output` too"):
        aefusion.fuse_stack(paths, save_map="m.png")


def test_the_steps_of_a_result_are_written(tmp_path, colours):
    pair = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, picture in zip(pair, colours, strict=False):
        write(path, Picture(picture))
    fused = fuse_files(pair, tmp_path / "c.png", save_steps=tmp_path / "network")
    names = ["1-source-a", "1-source-b", "2-luminance-a", "2-luminance-b", "3-maps-c1", "4-luminance-fused", "5-result"]
    assert sorted(path.stem for path in (tmp_path / "network").iterdir()) == names
    np.testing.assert_array_equal(read(tmp_path / "network" / "5-result.png").pixels, fused.pixels)
    np.testing.assert_array_equal(read(tmp_path / "network" / "1-source-a.png").pixels, colours[0])
    fuse_files(pair, tmp_path / "c.png", method="lp", save_steps=tmp_path / "lp")
    steps = {path.stem for path in (tmp_path / "lp").iterdir()}
    assert {"3-band-1-a", "3-band-1-b", "3-band-1-fused", "3-band-4-fused", "3-base-a", "5-result"} <= steps
    write(tmp_path / "copy.png", Picture(colours[0]))
    same = fuse_files([pair[0], tmp_path / "copy.png"], tmp_path / "d.png", method="lp", save_steps=tmp_path / "same")
    band = read(tmp_path / "same" / "3-band-1-a.png").pixels
    np.testing.assert_array_equal(band, read(tmp_path / "same" / "3-band-1-fused.png").pixels)
    assert same.pixels.shape == colours[0].shape


# --- beside others in one process ---


def test_fusing_in_threads_gives_what_fusing_alone_gives(colours):
    fuser = Fuser()
    expected = fuser(*colours[:2])
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(fuser(*colours[:2]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6 and all(np.array_equal(one, expected) for one in results)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"none\.png: no such file: check the path"):
        fuse(tmp_path / "none.png", tmp_path / "other.png")


def test_what_callers_mistake_is_told(tmp_path, files, colours):
    with pytest.raises(ValueError, match=r"^sources: one path, 'a\.png': give a list of two paths or more"):
        fuse_files("a.png", tmp_path / "c.png")
    with pytest.raises(ValueError, match=r"^sources: one path, 'a\.png'"):
        aefusion.fuse_stack("a.png")
    with pytest.warns(UserWarning, match=r"a\.png: given twice: nothing is added to it"):
        done = fuse_files([files[0], files[0]], tmp_path / "c.png", method="max")
    assert "given twice" in done.row()["warning"]
    with pytest.raises(ValueError, match=r"^unknown model 'lp': it is a fusion method: give it as `method`"):
        fuse(*colours[:2], model="lp")
    with pytest.raises(ValueError, match=r"^no fusion method aenetv2-p: it is a network: give it as `model`"):
        fuse(*colours[:2], method="aenetv2-p")
    with pytest.raises(ValueError, match=r"values from 0 to 255; .*: scale it, or give uint8 or uint16"):
        fuse(colours[0].astype(float), colours[1])


def test_pictures_that_were_read_are_sources(files, colours):
    pictures = [read(files[0]), Picture(colours[1])]
    np.testing.assert_array_equal(fuse(*pictures, method="max"), fuse(*colours[:2], method="max"))


@pytest.mark.filterwarnings("ignore:.*not aligned")
def test_a_result_says_whether_it_is_aligned(tmp_path, colours):
    rng = np.random.default_rng(0)
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        write(path, Picture(rng.integers(0, 256, (90, 110), np.uint8)))
    assert fuse_files(paths, tmp_path / "c.png", method="max").row()["aligned"] is None
    assert fuse_files(paths, tmp_path / "c.png", method="max", align="translation").row()["aligned"] is False


def test_a_warning_of_a_whole_folder_is_in_each_row(tmp_path):
    for side, value in (("a", 60), ("b", 9000)):
        (tmp_path / side).mkdir()
        for i in range(2):
            dtype = np.uint8 if side == "a" else np.uint16
            write(tmp_path / side / f"{i}.png", Picture(np.full((8, 8), value + i, dtype)))
    with pytest.warns(UserWarning, match="nothing of it lies in the range") as told:
        done = list(fuse_folders(tmp_path / "a", tmp_path / "b", tmp_path / "o", method="max", range=(500, 600)))
    assert len([one for one in told if "nothing of it" in str(one.message)]) == 1
    assert all("nothing of it lies in the range" in (one.row()["warning"] or "") for one in done)


def test_names_that_need_a_package_say_so_when_they_are_called(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(aefusion, "import_module", missing)
    monkeypatch.delitem(vars(aefusion), "train", raising=False)
    assert "torch" in aefusion.train.__doc__  # help(aefusion) and tab completion look at every name
    with pytest.raises(ValueError, match=r"aefusion\.train needs torch: pip install 'aefusion\[train\]'"):
        aefusion.train("recipe.yaml", "data", "out")
