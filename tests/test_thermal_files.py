"""Files of thermal cameras: FLIR's zoom, dead pixels and sequences, DJI's counts, areas without data in TIFF."""

import warnings

import cv2
import numpy as np
import pytest
import tifffile
from flir_file import RAW, counts, dji_jpeg, fff, flir_jpeg, segment

from aefusion import Fuser
from aefusion.files import FileError
from aefusion.image import Picture, read, read_both, write
from aefusion.image.flir_sequence import FlirSequence, frames

H, W = 48, 64
Y, X = np.mgrid[:H, :W]
CELSIUS = (20 + 5 * np.sin(X / 9) * np.cos(Y / 7)).astype(np.float32)
CELSIUS[20:28, 28:36] = 70
PHOTOGRAPH = np.full((4 * H, 4 * W, 3), 110, np.uint8)


def exif_of(**tags) -> bytes:
    from PIL import Image
    from PIL.TiffImagePlugin import IFDRational

    exif = Image.Exif()
    exif[0x010F] = "FLIR"
    exif[0x8769] = {0xA404: IFDRational(round(10 * tags["zoom"]), 10)}
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize(("zoom", "ratio"), [(1.6, 3.2), (1.0, 2.0), (0, 2.0), (None, 2.0)])
def test_the_place_in_the_photograph_bears_digital_zoom(tmp_path, zoom, ratio):
    """The file states for the zoomed view how much wider the photograph is; the thermal picture is not zoomed."""
    visible = PHOTOGRAPH.copy()
    scale = 4 * W / 2.0 / W
    left, top = 2 * W - scale * W / 2, 2 * H - scale * H / 2
    visible[round(top + 20 * scale) : round(top + 28 * scale), round(left + 28 * scale) : round(left + 36 * scale)] = (
        250
    )
    exif = b"" if zoom is None else exif_of(zoom=zoom)
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(CELSIUS, visible, ratio, exif=exif))
    photograph, thermal = read_both(tmp_path / "f.jpg")
    assert photograph.pixels.shape[:2] == (2 * H, 2 * W)
    seen, hot = photograph.pixels[..., 1] > 180, thermal.pixels > 45
    assert (seen & hot).sum() / (seen | hot).sum() > 0.9


def test_a_dead_pixel_takes_no_temperature_from_the_rest(tmp_path):
    raw = counts(CELSIUS)
    raw[0, 0], raw[10:12, 5] = 0, 65535
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(CELSIUS, PHOTOGRAPH, raw=raw))
    with pytest.warns(UserWarning, match=r"f\.jpg: 3 dead pixels filled from the neighbours"):
        picture = read(tmp_path / "f.jpg", measured=True)
    assert picture.measured and picture.alpha is None
    np.testing.assert_allclose(picture.pixels, CELSIUS, atol=0.6)


def test_a_sky_colder_than_the_calibration_is_as_cold_as_it_allows(tmp_path):
    raw = counts(CELSIUS).astype(np.int64)
    raw[:12] = 1  # so little that no temperature would give it
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(CELSIUS, PHOTOGRAPH, raw=(raw + 4990 * (raw == 1)).astype(np.uint16)))
    said = []
    picture = read(tmp_path / "f.jpg", measured=True, warn=said.append)
    assert np.isfinite(picture.pixels).all() and picture.pixels[:12].max() <= picture.pixels[14:].min()
    np.testing.assert_allclose(picture.pixels[14:], CELSIUS[14:], atol=0.1)


@pytest.mark.parametrize("stored", ["plain", "png", "jpeg-ls"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_sequences_give_every_frame_in_degrees(tmp_path, stored, order):
    path = tmp_path / ("video.csq" if stored == "jpeg-ls" else "video.seq")
    made = [fff(CELSIUS + i, stored=stored, time=1.6e9 + i / 8, order=order) for i in range(4)]
    path.write_bytes(b"".join(made))
    sequence = FlirSequence(path)
    assert len(sequence) == 4 and sequence.rate == pytest.approx(8) and sequence.time(0) == 1.6e9
    for i, frame in enumerate(frames(path)):
        assert frame.measured and frame.unit == "degrees Celsius"
        np.testing.assert_allclose(frame.pixels, CELSIUS + i, atol=0.02)
    np.testing.assert_array_equal(sequence[-1].pixels, sequence[3].pixels)
    with pytest.warns(UserWarning, match="the first of 4 frames"):
        np.testing.assert_allclose(read(path, measured=True).pixels, CELSIUS, atol=0.02)
    path.write_bytes(made[0])
    np.testing.assert_allclose(read(path, measured=True).pixels, CELSIUS, atol=0.02)
    with pytest.raises(FileError, match=r"holds temperatures and no picture: .* `aefusion thermal`"):
        read(path)


def test_of_a_sequence_that_is_cut_off_the_whole_frames_are_used(tmp_path):
    path = tmp_path / "cut.seq"
    made = b"".join(fff(CELSIUS + i) for i in range(3))
    path.write_bytes(made[:-100])
    with pytest.warns(UserWarning, match=r"cut\.seq: cut off, 2 frames of it are whole"):
        assert len(FlirSequence(path)) == 2
    path.write_bytes(made[: len(made) // 4])
    with pytest.raises(FileError, match="cut off, it holds no whole frame"):
        FlirSequence(path)
    path.write_bytes(fff(CELSIUS) + fff(CELSIUS, without=(RAW,)) + fff(CELSIUS + 2))
    with pytest.warns(UserWarning, match="no temperatures that can be read.*frame 1 is left out"):
        assert [round(float(frame.pixels[0, 0])) for frame in frames(path)] == [20, 22]
    path.write_bytes(b"no FLIR file")
    with pytest.raises(FileError, match="no FLIR file"):
        FlirSequence(path)
    with pytest.raises(FileError, match="cannot be read"):
        FlirSequence(tmp_path / "none.seq")
    path.write_bytes(b"AFF\0" + bytes(200))
    with pytest.raises(FileError, match="in a form that is not read: export it as FLIR SEQ, or as 16-bit TIFF"):
        read(path, measured=True)


def test_a_sequence_is_a_source(tmp_path):
    path = tmp_path / "one.fff"
    path.write_bytes(fff(CELSIUS))
    write(tmp_path / "v.png", Picture(PHOTOGRAPH[::4, ::4, 0]))
    fused = Fuser(method="lp").file([tmp_path / "v.png", path], tmp_path / "out.png")
    assert str(fused.ranges[0]).endswith("degrees Celsius") and fused.ranges[0].high == pytest.approx(70, abs=0.1)


DJI = np.rint(64 * (CELSIUS + 273.15)).astype(np.uint16)


@pytest.mark.parametrize(("model", "degrees"), [("M3T", True), ("MAVIC2-ENTERPRISE-ADVANCED", True), ("XT S", False)])
@pytest.mark.parametrize("marker", [0xE3, 0xE4])
def test_the_counts_of_dji_files_and_not_their_picture(tmp_path, model, degrees, marker):
    black_hot = 255 - cv2.normalize(CELSIUS, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    path = tmp_path / "T.JPG"
    path.write_bytes(dji_jpeg(DJI, black_hot, model, marker))
    picture = read(path, measured=True)
    assert picture.measured and ("not checked" in picture.unit) == degrees
    expected = DJI / 64 - 273.15 if degrees else DJI
    np.testing.assert_allclose(picture.pixels, expected, atol=1e-3)
    assert read(path).pixels.dtype == np.uint8 and not read(path, measured=True, rendered=True).measured
    fused = Fuser(method="average")(PHOTOGRAPH[::4, ::4, 0], path)
    assert fused[21:27, 29:35].mean() > fused[:15].mean() + 5000


@pytest.mark.parametrize("scale", [1, 2])
def test_the_size_of_dji_counts_beside_a_picture_of_another_size(tmp_path, scale):
    large = cv2.resize(CELSIUS, (640 * scale, 512 * scale), interpolation=cv2.INTER_LINEAR)
    raw = np.rint(64 * (large + 273.15)).astype(np.uint16)
    (tmp_path / "t.jpg").write_bytes(dji_jpeg(raw, np.zeros((512, 640, 3), np.uint8)))
    np.testing.assert_array_equal(read(tmp_path / "t.jpg", measured=True).pixels.shape, raw.shape)


def test_files_of_dji_that_hold_no_counts_are_pictures(tmp_path):
    shown = np.full((H, W), 90, np.uint8)
    noise = np.random.default_rng(0).integers(0, 65536, (H, W)).astype(np.uint16)
    (tmp_path / "d.jpg").write_bytes(dji_jpeg(DJI[:4], shown))
    assert not read(tmp_path / "d.jpg", measured=True).measured
    large = np.tile(noise, (4, 2))
    (tmp_path / "d.jpg").write_bytes(dji_jpeg(large, np.full((4 * H, 2 * W), 90, np.uint8)))
    with pytest.warns(UserWarning, match="what a camera of DJI measured in a form that is not read: its picture"):
        assert not read(tmp_path / "d.jpg", measured=True).measured
    assert not read(tmp_path / "d.jpg", measured=True, rendered=True).measured
    wild = np.rint(20000 + 300 * CELSIUS).astype(np.uint16)  # another scale: 129 to 300 degrees by the known one
    (tmp_path / "d.jpg").write_bytes(dji_jpeg(wild + 15000, shown))
    assert read(tmp_path / "d.jpg", measured=True).unit == "counts"


@pytest.mark.parametrize(
    ("maker", "segments"),
    [
        ("InfiRay", segment(bytes(4) + b"IJPEG\0" + bytes(50), 0xE2)),
        ("Parrot", segment(b"PARROT\0II*\0" + bytes(50))),
    ],
)
def test_what_other_makers_measured_is_told_of(tmp_path, maker, segments):
    jpeg = cv2.imencode(".jpg", np.full((H, W), 90, np.uint8))[1].tobytes()
    (tmp_path / "x.jpg").write_bytes(jpeg[:2] + segments + jpeg[2:])
    with pytest.warns(UserWarning, match=f"what a camera of {maker} measured"):
        read(tmp_path / "x.jpg", measured=True)


@pytest.mark.parametrize(
    ("value", "dtype", "declared"),
    [
        (-9999, np.float32, True),
        (-9999, np.float32, False),
        (-32767, np.float32, False),
        (-32768, np.int16, False),
        (np.nan, np.float32, False),
        (-3.4028234663852886e38, np.float32, True),
        (0, np.float32, False),
        (1234, np.float64, True),
        (-9999, np.int16, True),
    ],
)
def test_no_data_in_a_tiff_is_no_temperature(tmp_path, value, dtype, declared):
    values = CELSIUS.astype(dtype)
    values[:12] = value
    if value == 0:
        values = np.where(values == 0, values, values + np.float32(273.15)).astype(dtype)
    tags = [(42113, "s", 0, str(value), True)] if declared else []
    tifffile.imwrite(tmp_path / "t.tif", values, extratags=tags)
    picture = read(tmp_path / "t.tif", measured=True)
    assert picture.measured and not picture.alpha[:12].any() and picture.alpha[12:].all()
    np.testing.assert_allclose(picture.pixels[12:], values[12:], rtol=1e-5)
    visible = PHOTOGRAPH[::4, ::4, 0]
    write(tmp_path / "v.png", Picture(visible))
    fused = Fuser(method="average").file([tmp_path / "v.png", tmp_path / "t.tif"], tmp_path / "out.png")
    low, high = fused.ranges[0].low, fused.ranges[0].high
    kelvin = 273.15 if value == 0 else 0
    assert low == pytest.approx(15 + kelvin, abs=0.6) and high == pytest.approx(70 + kelvin, abs=0.6)
    assert (fused.picture.pixels[:12] == 110 * 257).all() and fused.picture.alpha is None


def test_alpha_and_a_declared_value_are_no_data_too(tmp_path):
    alpha = np.ones((H, W), np.float32)
    alpha[:, :20] = 0
    tifffile.imwrite(
        tmp_path / "a.tif", np.dstack([CELSIUS, alpha]), extrasamples=["unassalpha"], photometric="minisblack"
    )
    picture = read(tmp_path / "a.tif", measured=True)
    assert picture.measured and not picture.alpha[:, :20].any() and picture.alpha[:, 20:].all()
    sixteen = np.rint(CELSIUS * 100).astype(np.uint16)
    sixteen[:12] = 7
    tifffile.imwrite(tmp_path / "b.tif", sixteen, extratags=[(42113, "s", 0, "7", True)])
    assert not read(tmp_path / "b.tif", measured=True).alpha[:12].any()
    assert read(tmp_path / "b.tif").alpha is None


def test_png_with_its_bytes_swapped_is_turned_round_and_told_of(tmp_path, photographs):
    raw = counts(CELSIUS)
    cv2.imwrite(str(tmp_path / "s.png"), raw.byteswap())
    with pytest.warns(UserWarning, match=r"s\.png: its bytes are the wrong way round"):
        np.testing.assert_array_equal(read(tmp_path / "s.png", measured=True).pixels, raw)
    even = (0x4100 + np.arange(H * W).reshape(H, W) // 13).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "s.png"), even.byteswap())
    with pytest.warns(UserWarning, match="the wrong way round"):
        np.testing.assert_array_equal(read(tmp_path / "s.png", measured=True).pixels, even)
    gray = photographs[0].astype(np.uint16)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sound in (raw, gray, gray * 257, gray << 8, np.random.default_rng(0).integers(0, 65535, (H, W), np.uint16)):
            cv2.imwrite(str(tmp_path / "s.png"), sound)
            np.testing.assert_array_equal(read(tmp_path / "s.png", measured=True).pixels, sound)


def test_a_photograph_taken_out_as_y_cb_cr_is_told_of(tmp_path, photographs):
    colour = np.dstack([photographs[0], photographs[0] // 2, photographs[1]])
    luma, red, blue = cv2.split(cv2.cvtColor(cv2.GaussianBlur(colour, (0, 0), 2), cv2.COLOR_RGB2YCrCb))
    red, blue = (np.clip(128 + (x.astype(int) - 128) // 4, 0, 255).astype(np.uint8) for x in (red, blue))
    cv2.imwrite(str(tmp_path / "p.png"), cv2.merge([red, blue, luma]))
    with pytest.warns(UserWarning, match="looks like the Y, Cb and Cr of a photograph in a FLIR file"):
        read(tmp_path / "p.png", measured=True)


@pytest.mark.parametrize("as_file", [True, False])
def test_recordings_are_videos(tmp_path, as_file):
    pytest.importorskip("av")
    from aefusion import fuse_video

    (tmp_path / "visible").mkdir()
    for i in range(4):
        write(tmp_path / "visible" / f"{i}.png", Picture(PHOTOGRAPH[::4, ::4, 0]))
    path = tmp_path / "video.seq"
    path.write_bytes(b"".join(fff(CELSIUS + 5 * i, time=1.6e9 + i / 8) for i in range(4)))
    output = tmp_path / ("out.mkv" if as_file else "out")
    fused = fuse_video(tmp_path / "visible", path, output, method="lp")
    assert fused.frames == 4 and fused.rate == 8
    assert fused.ranges[0].unit == "degrees Celsius" and fused.ranges[0].high == pytest.approx(85, abs=0.2)
    if not as_file:
        first, last = (read(tmp_path / "out" / f"{i}.png").pixels for i in (0, 3))
        assert last[22:26, 30:34].mean() > first[22:26, 30:34].mean() + 3000


def test_folders_of_fff_files_pair_and_are_frames(tmp_path):
    from aefusion import fuse_folders, fuse_video

    for name in ("visible", "thermal"):
        (tmp_path / name).mkdir()
    for i in range(2):
        write(tmp_path / "visible" / f"{i}.png", Picture(PHOTOGRAPH[::4, ::4, 0]))
        (tmp_path / "thermal" / f"{i}.fff").write_bytes(fff(CELSIUS + i))
    folders = tmp_path / "visible", tmp_path / "thermal"
    results = list(fuse_folders(*folders, tmp_path / "out", method="lp"))
    assert [one.status for one in results] == ["fused", "fused"] and results[0].ranges == results[1].ranges
    assert fuse_video(*folders, tmp_path / "frames", method="lp").frames == 2


@pytest.mark.parametrize("way", [1, 3, 6, 8])
def test_where_another_program_turned_the_outer_picture_the_inner_ones_follow(tmp_path, way):
    from aefusion.image.orientation import upright

    shown = cv2.applyColorMap(np.uint8(255 * (CELSIUS - 15) / 55), cv2.COLORMAP_INFERNO)
    shown = cv2.resize(upright(shown, way), None, fx=4, fy=4)
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(CELSIUS, PHOTOGRAPH, 1.0, outer=shown))
    with warnings.catch_warnings(record=True, action="always") as told:
        temperatures = read(tmp_path / "f.jpg", measured=True)
        photograph, thermal = read_both(tmp_path / "f.jpg")
    assert {"turned" in str(one.message) for one in told} == ({True} if way != 1 else set())
    np.testing.assert_allclose(temperatures.pixels, upright(CELSIUS, way), atol=0.6)
    assert photograph.pixels.shape[:2] == thermal.pixels.shape == upright(PHOTOGRAPH, way).shape[:2]
    np.testing.assert_allclose(cv2.resize(thermal.pixels, temperatures.pixels.shape[::-1]), temperatures.pixels, atol=9)
