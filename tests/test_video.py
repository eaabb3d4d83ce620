"""Videos: exact luma and colour, what is refused, folders of frames."""

import warnings
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from calls import fuse_video
from video_files import NTSC, SECOND, damage, flat, main_status, make, moving_scenes, planes_of

from aefusion.cli import main
from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture, read, write
from aefusion.image.transform import Transform, write_transforms
from aefusion.video import Flicker, Steady
from aefusion.video.frame import plane_of
from aefusion.video.fuse_video import public
from aefusion.video.luma_range import compressed, expanded, limits
from aefusion.video.read import VideoSource, upright

av = pytest.importorskip("av")


@pytest.fixture(scope="module")
def scene():
    return moving_scenes()


@pytest.mark.parametrize(("bits", "full"), [(8, False), (8, True), (10, False), (10, True)])
def test_levels_return(bits, full):
    low, high = limits(bits, full)
    stored = np.arange(low, high + 1, dtype=np.uint8 if bits == 8 else np.uint16)[None]
    gray = expanded(stored, bits, full)
    assert (gray.min(), gray.max()) == (0, np.iinfo(gray.dtype).max)
    back = np.empty_like(stored)
    compressed(gray, bits, full, back)
    assert np.array_equal(back, stored)


@pytest.mark.parametrize(
    "matrix", [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (-1, 0, 0, 1), (0, 1, 1, 0)]
)
def test_upright_moves_each_pixel_where_the_matrix_says(matrix):
    plane = np.arange(12).reshape(3, 4)
    a, b, c, d = matrix
    y, x = np.mgrid[:3, :4]
    to_x, to_y = a * x + c * y, b * x + d * y
    expected = np.empty((np.ptp(to_y) + 1, np.ptp(to_x) + 1), int)
    expected[to_y - to_y.min(), to_x - to_x.min()] = plane
    assert np.array_equal(upright(plane, 65536 * np.array(matrix).reshape(2, 2)), expected)


def test_luma_is_fused_and_chroma_is_untouched(tmp_path, scene):
    a, b = (make(tmp_path / f"{name}.mkv", frames) for name, frames in zip("ab", scene, strict=True))
    fuser = Fuser()
    done = fuse_video(fuser, a, b, tmp_path / "out.mkv", encoder="ffv1")
    assert (done.frames, done.bits, done.rate, done.skipped) == (6, 8, NTSC, (0, 0))
    _, fused = planes_of(tmp_path / "out.mkv")
    for one, other, found in zip(*scene, fused, strict=True):
        expected = np.empty_like(one[0])
        compressed(fuser.engine(*(expanded(x[0], 8, False) for x in (one, other))), 8, False, expected)
        assert np.array_equal(found[0], expected)
        assert all(np.array_equal(x, y) for x, y in zip(found[1:], one[1:], strict=True))
    fuse_video(fuser, a, b, tmp_path / "gray.mkv", encoder="ffv1", keep="gray")
    assert all((plane == 128).all() for frame in planes_of(tmp_path / "gray.mkv")[1] for plane in frame[1:])


def test_video_is_fused_as_pictures_are(tmp_path, scene):
    a, b = (make(tmp_path / f"{name}.mkv", frames) for name, frames in zip("ab", scene, strict=True))
    fuse_video(Fuser(), a, b, tmp_path / "out")
    sources = [list(VideoSource(x).frames()) for x in (a, b)]
    for i, ((_, one), (_, other)) in enumerate(zip(*sources, strict=True)):
        expected = Fuser()(one.picture().pixels, other.luma, colour="a")
        found = read(tmp_path / "out" / f"{i:06d}.png").pixels
        assert np.abs(found.astype(int) - expected).mean() < 1.5  # clipped colours differ


def test_ten_bits_stay_with_their_colours_and_tags(tmp_path, scene):
    deep = [tuple(plane.astype(np.uint16) * 4 + 3 for plane in frame) for frame in scene[0]]
    tags = {"color_range": 2, "colorspace": 9, "color_primaries": 9, "color_trc": 16}
    a = make(tmp_path / "a.mkv", deep, form="yuv420p10le", setup=tags)
    b = make(tmp_path / "b.mkv", scene[1])
    done = fuse_video(Fuser(method=lambda a, b: a), a, b, tmp_path / "out.mkv", encoder="ffv1")
    assert done.bits == 10
    for expected, found in zip(deep, planes_of(tmp_path / "out.mkv")[1], strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(expected, found, strict=True))
    fuse_video(Fuser(), a, b, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p10le"
        assert {name: getattr(frame, name) for name in tags} == tags
    with pytest.warns(UserWarning, match="8 bits only"):
        assert fuse_video(Fuser(), a, b, tmp_path / "out.webm").bits == 8


def test_eight_bits_with_ten_give_ten(tmp_path, scene):
    deep = [tuple(plane.astype(np.uint16) * 4 for plane in frame) for frame in scene[1]]
    a, b = make(tmp_path / "a.mkv", scene[0]), make(tmp_path / "b.mkv", deep, form="yuv420p10le")
    assert fuse_video(Fuser(), a, b, tmp_path / "out.mkv", encoder="ffv1").bits == 10
    for expected, found in zip(scene[0], planes_of(tmp_path / "out.mkv")[1], strict=True):
        assert all(np.array_equal(x.astype(int) * 4, y) for x, y in zip(expected[1:], found[1:], strict=True))


@pytest.mark.parametrize("form", ["gray", "yuvj422p", "yuv444p", "bgr0", "nv12"])
def test_other_forms_of_pixels(tmp_path, form):
    path = str(tmp_path / "a.mkv")
    gray = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    with av.open(path, "w") as container:
        stream = container.add_stream(
            "mjpeg" if form == "yuvj422p" else "rawvideo" if form == "nv12" else "ffv1", rate=25
        )
        stream.width, stream.height, stream.pix_fmt = 64, 48, form
        frame = av.VideoFrame.from_ndarray(gray, "gray").reformat(format=form)
        container.mux([*stream.encode(frame), *stream.encode()])
    ((_, frame),) = VideoSource(path).frames()
    assert np.abs(frame.luma.astype(int) - gray).max() <= 3
    assert frame.chroma is None or np.abs(np.asarray(frame.chroma).astype(int) - 128).max() <= 2


def test_rotation_is_applied_once_and_odd_sizes_grow_by_one(tmp_path, scene):
    a = make(tmp_path / "a.mp4", scene[0], codec="libx264", rotation=90)
    b = make(tmp_path / "b.mp4", scene[0], codec="libx264")
    with av.open(a) as container:
        assert next(container.decode(video=0)).rotation == 90
    with pytest.raises(ValueError, match=r"a.mp4 is 48x64, .*b.mp4 is 64x48: sizes differ"):
        fuse_video(Fuser(), a, b, tmp_path / "out.mp4")
    fuse_video(Fuser(method=lambda a, b: a), a, a, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        frame = next(container.decode(video=0))
    assert (frame.rotation, frame.width, frame.height) == (0, 48, 64)
    turned = np.rot90(planes_of(b)[1][0][0])
    assert np.abs(plane_of(frame, 0, 8).astype(int) - turned).mean() < 4
    folder = tmp_path / "odd"
    folder.mkdir()
    write(folder / "1.png", Picture(np.full((25, 33), 90, np.uint8)))
    fuse_video(Fuser(), folder, folder, tmp_path / "odd.mp4")
    assert planes_of(tmp_path / "odd.mp4")[1][0][0].shape == (26, 34)


def test_bad_inputs_are_one_line_and_leave_nothing(tmp_path, scene):
    good = make(tmp_path / "good.mkv", scene[0])
    make(tmp_path / "small.mkv", flat([50] * 3, (24, 32)))
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    (tmp_path / "none").mkdir()
    make(tmp_path / "both.mp4", flat([50] * 3), codec="libx264", sound=1)
    with av.open(str(tmp_path / "both.mp4")) as one, av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as other:
        stream = other.add_stream_from_template(one.streams.audio[0])
        for packet in one.demux(audio=0):
            if packet.size:
                packet.stream = stream
                other.mux(packet)
    make(tmp_path / "damaged.avi", flat([50] * 3), codec="mjpeg", form="yuvj420p")
    for i in range(3):
        damage(str(tmp_path / "damaged.avi"), i)
    with av.open(str(tmp_path / "noframes.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    header = Path(good).read_bytes()
    (tmp_path / "headers.mkv").write_bytes(header[: header.index(b"\x1f\x43\xb6\x75")])  # up to the first cluster
    (tmp_path / "wrong.py").write_text(
        "n = 0\ndef late(a, b):\n    global n\n    n += 1\n    return a[1:] if n > 3 else a\n"
    )
    out = tmp_path / "out"
    out.mkdir()
    cases = [
        ("empty.mp4", "good.mkv", "o.mp4", "empty.mp4: the file is empty"),
        ("good.mkv", "empty.mp4", "o.mp4", "empty.mp4: the file is empty"),
        ("missing.mp4", "good.mkv", "o.mp4", "missing.mp4: no such file"),
        ("text.mp4", "good.mkv", "o.mp4", "text.mp4: cannot be read as a video"),
        ("sound.m4a", "good.mkv", "o.mp4", "sound.m4a: holds sound, but no video"),
        ("headers.mkv", "good.mkv", "o.mp4", "headers.mkv: cannot be opened"),
        ("noframes.mp4", "good.mkv", "o.mp4", "noframes.mp4: holds no video"),
        ("good.mkv", "noframes.mp4", "o.mp4", "noframes.mp4: holds no video"),
        ("damaged.avi", "good.mkv", "o.mp4", "damaged.avi: not one frame can be decoded"),
        ("good.mkv", "damaged.avi", "o.mp4", "damaged.avi: not one frame can be decoded"),
        ("none", "good.mkv", "o.mp4", "none: holds no picture"),
        ("good.mkv", "small.mkv", "o.mp4", "sizes differ"),
        ("good.mkv", "good.mkv", "o.xyz", "o.xyz: the suffix '.xyz' is not known"),
        ("good.mkv", "good.mkv", "no/o.mp4", "there is no folder"),
        ("good.mkv", "good.mkv", "../good.mkv", "overwrite this source"),
        ("good.mkv", "good.mkv", "o.mp4 --encoder none", "encoder 'none'"),
        ("good.mkv", "good.mkv", "o.mp4 --encoder libx264,crf", "name,option=value"),
        ("good.mkv", "good.mkv", "o.mp4 --encoder libx264,preset=never", "cannot be encoded"),
        ("good.mkv", "good.mkv", "o.mp4 --offset 5", "there is no pair of frames"),
        ("good.mkv", "good.mkv", "o.mp4 --rate 0", "--rate 0"),
        ("good.mkv", "good.mkv", "o.mp4 --format-a nonsense", "format 'nonsense' is not known"),
        ("good.mkv", "good.mkv", f"o.mp4 --method {tmp_path}/wrong.py:late", "late"),
    ]
    for a, b, arguments, expected in cases:
        name, *options = arguments.split()
        said = main_status("video", tmp_path / a, tmp_path / b, "-o", out / name, *options)
        assert isinstance(said, str) and expected in said and "\n" not in said, (a, b, arguments, said)
        assert not list(out.iterdir()), (a, b, arguments)


@pytest.mark.parametrize(
    ("other", "choices"),
    [
        ("a.mkv", {"steady": -1}),
        ("a.mkv", {"encoder": "none"}),
        ("a.mkv", {"resize": "a-to-b", "align": "affine"}),
        ("a.mkv", {"range": "set", "length": Fraction(1, 1000)}),
        ("missing.mkv", {}),
        ("sound.m4a", {}),
    ],
)
def test_sources_are_closed_whatever_goes_wrong(tmp_path, monkeypatch, other, choices):
    make(tmp_path / "a.mkv", [(np.full((48, 64), 20000 + 99 * i, np.uint16),) for i in range(3)], form="gray16le")
    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as container:
        beep = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        container.mux([*beep.encode(frame), *beep.encode()])
    opened, closed = [], []
    close, begin = VideoSource.close, VideoSource._begin
    monkeypatch.setattr(VideoSource, "close", lambda self: (closed.append(self), close(self)))
    monkeypatch.setattr(VideoSource, "_begin", lambda self: (opened.append(self), begin(self)))
    output = tmp_path / ("out.mp4" if "encoder" in choices else "out")
    with suppress(ValueError):
        fuse_video(Fuser(), tmp_path / "a.mkv", tmp_path / other, output, **choices)
        assert "length" in choices
    assert {*map(id, opened)} == {*map(id, closed)}
    assert output.exists() == ("length" in choices)


def test_folders_of_frames(tmp_path, scene):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    pictures = {}
    for i in (1, 2, 10):
        pictures[i] = [rng.integers(0, 256, (40, 50, 3), np.uint8), rng.integers(0, 256, (40, 50), np.uint8)]
        for name, pixels in zip("ab", pictures[i], strict=True):
            write(tmp_path / name / f"f{i}.png", Picture(pixels))
    write(tmp_path / "b" / "f3.png", Picture(pictures[1][1]))
    done = fuse_video(Fuser(), tmp_path / "a", tmp_path / "b", tmp_path / "out")
    assert (done.frames, done.alone, done.bits) == (3, 1, 8)
    for i, (a, b) in pictures.items():
        assert np.array_equal(read(tmp_path / "out" / f"f{i}.png").pixels, Fuser()(a, b))
    done = fuse_video(Fuser(), tmp_path / "a", tmp_path / "b", tmp_path / "out.mkv", rate=NTSC, encoder="ffv1")
    assert (done.frames, done.bits, done.rate) == (3, 8, NTSC)
    ((_, first), *_) = VideoSource(str(tmp_path / "out.mkv")).frames()
    expected = read(tmp_path / "out" / "f1.png").pixels @ np.array([0.2126, 0.7152, 0.0722])
    assert np.abs(first.luma - expected).mean() < 2
    (tmp_path / "a" / "f2.png").write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="f2.png.*left out"):
        done = fuse_video(Fuser(), tmp_path / "a", tmp_path / "b", tmp_path / "out.mp4")
    assert (done.frames, done.skipped) == (2, (1, 0))
    video = make(tmp_path / "v.mkv", flat([90] * 3, (40, 50)), rate=5)
    assert fuse_video(Fuser(), video, tmp_path / "b", tmp_path / "mixed.mp4").rate == 5


@pytest.mark.filterwarnings("default")
def test_the_command_mixes_no_frames_and_tells_of_sizes_and_ranges(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the command sets

    def aefusion(*more):
        with pytest.raises(SystemExit) as exit:
            main(["video", a, a, "-o", str(tmp_path / "out"), "--method", "max", "--resize", "b-to-a", *more])
        return str(exit.value.code), *capsys.readouterr()

    (tmp_path / "a").mkdir()
    a = str(tmp_path / "a")
    for i, size in enumerate((32, 32, 48, 48)):
        write(tmp_path / "a" / f"{i}.png", Picture(np.full((size, size), 9000 + 100 * i, np.uint16)))
    code, out, err = aefusion("--range", "8000", "10000")
    assert code == "0" and "; a from 8000 to 10000 counts; b from 8000" in out
    assert err.count("2.png is 48x48, the first is 32x32") == 1 and "3.png" not in err
    for more in ((), ("--exist", "error")):
        code, out, err = aefusion(*more)
        assert "out: a folder that holds 0.png and 3 more: give an empty" in code and out == ""
    assert aefusion("--exist", "overwrite")[0] == "0"


@pytest.mark.parametrize("keep", ["a", "gray"])
def test_frames_keep_their_alpha(tmp_path, keep):
    (tmp_path / "a").mkdir()
    rng = np.random.default_rng(0)
    alpha = rng.integers(0, 256, (40, 50), np.uint8)
    write(tmp_path / "a" / "1.tif", Picture(rng.integers(1, 256, (40, 50, 3), np.uint8), alpha))
    fuse_video(Fuser(), tmp_path / "a", tmp_path / "a", tmp_path / "out", suffix=".tif", keep=keep)
    found = read(tmp_path / "out" / "1.tif").alpha
    assert found is not None and np.array_equal(found, alpha)


def test_thermal_frames_share_one_display_range(tmp_path):
    (tmp_path / "b").mkdir()
    ramp = np.tile(np.linspace(0, 400, 50).astype(np.uint16), (40, 1))
    for i in range(3):
        write(tmp_path / "b" / f"{i}.tif", Picture(ramp + np.uint16(8000 + 100 * i)))
    fuse_video(SECOND, tmp_path / "b", tmp_path / "b", tmp_path / "auto", suffix=".tif")
    shown = [read(tmp_path / "auto" / f"{i}.tif").pixels for i in range(3)]
    assert shown[0].min() < 1000 and shown[2].max() > 64500
    steps = [float(y.astype(int).mean() - x.astype(int).mean()) for x, y in pairwise(shown)]
    assert np.allclose(steps, (65535 - 655) / 6, rtol=0.02)  # 100 of 600 counts: a warming scene gets brighter
    fuse_video(SECOND, tmp_path / "b", tmp_path / "b", tmp_path / "fixed", suffix=".tif", range=(0.0, 65535.0))
    assert np.abs(read(tmp_path / "fixed" / "0.tif").pixels - (ramp + 8000.0) * 0.99 - 655).max() < 2
    video = make(tmp_path / "b.mkv", [(ramp + np.uint16(8000 + 100 * i),) for i in range(3)], form="gray16le")
    fuse_video(SECOND, tmp_path / "b", video, tmp_path / "video", suffix=".tif")
    for i in range(3):
        assert np.array_equal(read(tmp_path / "video" / f"{i}.tif").pixels, shown[i])


def test_one_transform_for_all_frames(tmp_path, scene):
    a = make(tmp_path / "a.mkv", scene[0])
    moved = [
        tuple(np.roll(plane, (4 // k, 6 // k), (0, 1)) for plane, k in zip(f, (1, 2, 2), strict=True)) for f in scene[0]
    ]
    b = make(tmp_path / "b.mkv", moved)
    shift = Transform(np.array([[1.0, 0, 6], [0, 1, 4], [0, 0, 1]]), (48, 64), (48, 64))
    write_transforms(tmp_path / "t.json", [shift])
    fuse_video(SECOND, a, b, tmp_path / "out.mkv", encoder="ffv1", transform=tmp_path / "t.json", crop=True)
    for expected, found in zip(scene[0], planes_of(tmp_path / "out.mkv")[1], strict=True):
        height, width = found[0].shape
        assert 40 <= height <= 44 and 54 <= width <= 58
        assert np.array_equal(found[0], expected[0][:height, :width])
        assert np.array_equal(found[1], expected[1][: height // 2, : width // 2])
    with pytest.raises(ValueError, match="made for pictures of"):
        small = make(tmp_path / "small.mkv", flat([50] * 3, (24, 32)))
        fuse_video(SECOND, a, small, tmp_path / "no.mkv", transform=tmp_path / "t.json")
    assert not (tmp_path / "no.mkv").exists()


def test_metadata_of_the_first_and_what_it_was_fused_from(tmp_path):
    a, b = (str(tmp_path / f"{name}.mp4") for name in "ab")
    for path in (a, b):
        with av.open(path, "w") as container:
            container.metadata["title"] = f"title of {path[-5]}"
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            container.mux([*stream.encode(av.VideoFrame(64, 48, "yuv420p")), *stream.encode()])
    for strip in (False, True):
        fuse_video(Fuser(), a, b, tmp_path / "out.mp4", strip=strip)
        with av.open(str(tmp_path / "out.mp4")) as container:
            assert container.metadata.get("title") == (None if strip else "title of a")
            said = container.metadata.get("comment", "")
        assert strip == (said == "") and (strip or (said.startswith("aefusion ") and said.endswith("a.mp4 + b.mp4")))
        assert str(tmp_path) not in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rtsp://user:password@camera", "rtsp://camera"),
        ("rtsp://user@[::1]:554/a@b#c", "rtsp://[::1]:554/a@b"),
        ("async:http://user:pass@word@camera/stream?token=1", "async:http://camera/stream"),
        ("file:///home/ada/a.mp4", "a.mp4"),
        ("folder/frames/", "frames"),
        ("/dev/video0", "video0"),
    ],
)
def test_results_name_no_password_and_no_folder(name, expected):
    assert public(name) == expected


def test_what_pyav_opens_by_a_format(tmp_path):
    if "lavfi" not in av.formats_available:
        pytest.skip("this PyAV has no lavfi")
    names = [f"testsrc2=size=64x48:rate={rate}" for rate in (10, 20)]  # endless, as a camera
    done = fuse_video(Fuser(), *names, tmp_path / "out.mp4", format_a="lavfi", format_b="lavfi", length=Fraction(1))
    assert (done.frames, done.rate) == (10, 10)


def test_flicker_and_its_smoothing():
    rng = np.random.default_rng(0)
    still = rng.integers(20, 120, (48, 64)).astype(np.uint8)
    jumps = [cv2.convertScaleAbs(still, alpha=gain) for gain in (1, 1, 1.6, 1.6, 1, 1.6)]
    measured, smoothed, steady = Flicker(), Flicker(), Steady(0.5)
    for i, frame in enumerate(jumps):
        measured.add(still, frame, frame)
        smoothed.add(still, frame, steady(Fraction(i, 25), frame))
    found, better = measured.figures(), smoothed.figures()
    assert found["mean a, maximum"] == found["still a, maximum"] == 0
    assert found["mean b, maximum"] == pytest.approx(0.6 * still.mean(), rel=0.01)
    assert found["still fused, maximum"] == found["still b, maximum"] > 30
    assert better["mean fused, maximum"] < found["mean fused, maximum"] / 5
    cut = rng.integers(0, 256, (48, 64)).astype(np.uint8)
    assert np.array_equal(steady(Fraction(6, 25), cut), cut)  # a new scene starts anew


@pytest.mark.data
def test_gain_jump_of_an_infrared_camera(tmp_path, shared):
    clip = shared / "data/odd/video_m3svd/0114_1611"
    plain = fuse_video(Fuser(), clip / "a", clip / "b", tmp_path / "plain.mp4", measure=True).flicker
    steady = fuse_video(Fuser(), clip / "a", clip / "b", tmp_path / "steady.mp4", measure=True, steady=0.5).flicker
    assert plain["mean a, maximum"] < plain["mean fused, maximum"] < plain["mean b, maximum"]
    assert steady["mean fused, maximum"] < plain["mean fused, maximum"] / 5
