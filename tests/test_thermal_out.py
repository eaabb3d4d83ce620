"""Temperatures out of files: numbers, text, pictures, statistics; and what a file holds."""

import json

import numpy as np
import pytest
import tifffile
from flir_file import dji_jpeg, fff, flir_jpeg

from aefusion import FileError, info, read, read_thermal, write_thermal
from aefusion.cli import main
from aefusion.image import Picture, write
from aefusion.image.palette import coloured

H, W = 60, 80
Y, X = np.mgrid[:H, :W]
CELSIUS = np.float32(20 + 4 * np.sin(X / 9) * np.cos(Y / 7) + np.random.default_rng(0).normal(0, 0.05, (H, W)))
CELSIUS[20:30, 50:60] = 70
PHOTOGRAPH = np.full((4 * H, 4 * W, 3), 110, np.uint8)


@pytest.fixture
def flir(tmp_path):
    """A FLIR file without photograph."""
    path = tmp_path / "in" / "flir.jpg"
    path.parent.mkdir()
    path.write_bytes(flir_jpeg(CELSIUS, PHOTOGRAPH, without=(14,)))
    return path


@pytest.fixture
def command(capsys):
    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 1), said.out, said.err + (code if isinstance(code, str) else "")

    return run


def test_a_file_without_photograph_gives_its_temperatures(flir, tmp_path):
    (one,) = write_thermal([flir], tmp_path / "t.tif")
    stored = tifffile.imread(tmp_path / "t.tif")
    assert stored.dtype == np.float32 and not one.error
    np.testing.assert_allclose(stored, CELSIUS, atol=0.02)
    np.testing.assert_array_equal(read(tmp_path / "t.tif", measured=True).pixels, stored)
    (one,) = write_thermal([flir], tmp_path / "t.csv")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "t.csv", delimiter=","), CELSIUS, atol=0.03)


def test_a_picture_has_the_colours_of_the_palette_and_a_bar(flir, tmp_path):
    (one,) = write_thermal([flir], tmp_path / "t.png", palette="rainbow", range=(10, 70))
    pixels = read(tmp_path / "t.png").pixels
    assert pixels.shape[0] == H and pixels.shape[1] > W + 30 and one.display == (10, 70)
    expected = coloured((CELSIUS - 10) / 60, "rainbow")
    assert np.abs(pixels[:, :W].astype(int) - expected).max() <= 4
    (one,) = write_thermal([flir], tmp_path / "n.png", bar=False)
    assert read(tmp_path / "n.png").pixels.shape == (H, W, 3)
    (one,) = write_thermal([flir], tmp_path / "m.png", bar=False, spots=[(10, 50)], boxes=[(20, 10, 30, 20)])
    assert (read(tmp_path / "m.png").pixels != read(tmp_path / "n.png").pixels).any()


def test_spots_and_boxes(flir):
    (one,) = read_thermal(flir)
    assert one.unit == "degrees Celsius" and one.spot(55, 25).mean == pytest.approx(70, abs=0.05)
    x, y = one.hottest
    assert 50 <= x < 60 and 20 <= y < 30 and one.values[one.coldest[1], one.coldest[0]] == one.whole.low
    box = one.box(40, 10, 30, 30)
    part = CELSIUS[10:40, 40:70]
    assert (box.low, box.high, box.mean) == pytest.approx((part.min(), part.max(), part.mean()), abs=0.02)
    for wrong in ((80, 0, 1, 1), (-1, 0, 1, 1), (0, 0, 81, 1), (0, 0, 0, 1)):
        with pytest.raises(ValueError, match="lies outside: the picture has 80 columns and 60 rows"):
            one.box(*wrong)


def test_without_data_is_nan_and_gray(tmp_path):
    values = CELSIUS.copy()
    values[:20] = -9999
    tifffile.imwrite(tmp_path / "in.tif", values)
    (one,) = write_thermal([tmp_path / "in.tif"], tmp_path / "t.tif", boxes=[(0, 0, 10, 10)])
    assert np.isnan(tifffile.imread(tmp_path / "t.tif")[:20]).all() and one.thermogram.whole.low > 10
    assert one.marks[0].mean is None
    (one,) = write_thermal([tmp_path / "in.tif"], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[0] == "," * (W - 1)
    (one,) = write_thermal([tmp_path / "in.tif"], tmp_path / "t.png", bar=False)
    assert (read(tmp_path / "t.png").pixels[:19] == 96).all()
    counts = np.rint(CELSIUS * 100 + 27315).astype(np.uint16)
    counts[:, 3] = 0
    write(tmp_path / "c.png", Picture(counts))
    with pytest.warns(UserWarning, match="60 dead pixels filled"):
        (one,) = read_thermal(tmp_path / "c.png")
    assert one.unit == "counts" and one.whole.low > 28000 and one.warnings


def test_a_folder_has_one_range_and_no_two_results_of_one_name(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jpg").write_bytes(flir_jpeg(CELSIUS + 10 * (name == "b"), PHOTOGRAPH))
    (tmp_path / "a" / "v.seq").write_bytes(fff(CELSIUS) + fff(CELSIUS + 1))
    (tmp_path / "a" / "none.png").write_bytes(b"")
    results = list(write_thermal([tmp_path / "a", tmp_path / "b" / "x.jpg"], tmp_path / "out", suffix=".png"))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a_x.png", "b_x.png", "v_000000.png", "v_000001.png"]
    assert [one.error.split(": ", 1)[1] for one in results if one.error] == [
        "the file is empty: copy or download it again"
    ]
    displays = {one.display for one in results if not one.error}
    assert len(displays) == 1 and displays.pop()[1] > 79


def test_refused_before_anything_is_read(flir, tmp_path):
    write(tmp_path / "p.png", Picture(PHOTOGRAPH))
    with pytest.raises(FileError, match="a file, but there are 2 sources: give a folder"):
        write_thermal([flir, tmp_path / "p.png"], tmp_path / "t.tif")
    with pytest.raises(ValueError, match="palette 'hot'"):
        write_thermal([flir], tmp_path / "t.png", palette="hot")  # pyright: ignore
    with pytest.raises(ValueError, match="would overwrite"):
        write_thermal([flir], flir)
    with pytest.raises(ValueError, match="the lower value first"):
        write_thermal([flir], tmp_path / "t.png", range=(3, 2))
    with pytest.raises(ValueError, match="no source"):
        write_thermal([], tmp_path / "t.png")
    (one,) = write_thermal([tmp_path / "p.png"], tmp_path / "t.tif")
    assert "holds no temperatures, only a picture" in one.error and not (tmp_path / "t.tif").exists()
    (one,) = write_thermal([flir], tmp_path / "t.tif", spots=[(80, 0)])
    assert "lies outside" in one.error and not (tmp_path / "t.tif").exists()


def test_the_commands(flir, tmp_path, command):
    status, out, _ = command("thermal", flir, "-o", tmp_path / "t.png", "--spot", "55,25", "--box", "0,0,10,10")
    assert status == 0 and "spot 55,25: 70.0" in out and "degrees Celsius" in out
    status, out, err = command("thermal", flir, tmp_path / "none.jpg", "-o", tmp_path / "out", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1 and [row["status"] for row in rows] == ["written", "failed"]
    assert rows[0]["high"] == pytest.approx(70, abs=0.05) and (tmp_path / "out" / "flir.tif").exists()
    status, _, err = command("thermal", flir, "-o", tmp_path / "t.png", "--spot", "55")
    assert status == 1 and "--spot 55: expected 2 numbers" in err
    status, out, _ = command("info", flir)
    assert status == 0 and "temperatures" in out and "thermal picture 80x60" in out
    status, out, err = command("info", flir, tmp_path / "none.jpg", "--json")
    assert status == 1 and json.loads(out.splitlines()[0])["thermal"]["width"] == W and "no such file" in err


def test_what_a_flir_file_holds(tmp_path):
    from PIL import Image
    from PIL.TiffImagePlugin import IFDRational

    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "FLIR", "FLIR E8", "2.0"
    exif[0x8769] = {0x9003: "2024:05:31 12:00:00", 0x920A: IFDRational(18, 1), 0xA405: 35, 0xA404: IFDRational(2, 1)}
    exif[0x8825] = {1: "S", 2: (10.0, 30.0, 0.0), 3: "E", 4: (20.0, 0.0, 36.0), 5: b"\1", 6: IFDRational(50, 4)}
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    (tmp_path / "f.jpg").write_bytes(flir_jpeg(CELSIUS, PHOTOGRAPH, exif=block))
    held = info(tmp_path / "f.jpg")
    assert (held.format, held.width, held.height, held.depth, held.channels) == ("JPEG", W, H, "8 bit", "RGB")
    assert held.camera == "FLIR FLIR E8" and held.time == "2024:05:31 12:00:00" and held.software == "2.0"
    assert (held.focal_length, held.focal_length_35mm, held.digital_zoom) == (18, 35, 2)
    assert (held.latitude, held.longitude, held.altitude) == pytest.approx((-10.5, 20.01, -12.5))
    assert held.embedded == ("photograph 320x240", "thermal picture 80x60")
    assert held.thermal.high == pytest.approx(70, abs=0.05) and held.thermal.emissivity == 1
    assert json.loads(json.dumps(held.row()))["thermal"]["unit"] == "degrees Celsius"


def test_what_other_files_hold(tmp_path, photographs):
    (tmp_path / "d.jpg").write_bytes(dji_jpeg(np.rint(64 * (CELSIUS + 273.15)).astype(np.uint16), PHOTOGRAPH[:H, :W]))
    held = info(tmp_path / "d.jpg")
    assert held.camera == "DJI M3T" and "not checked" in held.thermal.unit and held.embedded
    (tmp_path / "s.seq").write_bytes(b"".join(fff(CELSIUS, time=1.6e9 + i / 10) for i in range(5)))
    held = info(tmp_path / "s.seq")
    assert (held.frames, held.camera, held.time) == (5, "Made 640", "2020:09:13 12:26:40 UTC")
    assert held.rate == pytest.approx(10) and held.channels == "temperatures"
    write(tmp_path / "p.tif", Picture(photographs[0].astype(np.uint16) * 257))
    held = info(tmp_path / "p.tif")
    assert (held.depth, held.channels, held.thermal, held.embedded) == ("16 bit", "gray", None, ())
    (tmp_path / "x.txt").write_text("no picture")
    with pytest.raises(FileError, match="not a picture"):
        info(tmp_path / "x.txt")


def test_counts_are_told_of_as_such(tmp_path):
    write(tmp_path / "c.png", Picture(np.rint(7000 + 10 * CELSIUS).astype(np.uint16)))
    held = info(tmp_path / "c.png").thermal
    assert (held.unit, held.high) == ("counts", 7700)


def test_counts_of_a_known_scale_are_degrees(tmp_path):
    counts = np.rint(100 * (CELSIUS + 273.15)).astype(np.uint16)
    write(tmp_path / "c.png", Picture(counts))
    (one,) = write_thermal([tmp_path / "c.png"], tmp_path / "t.tif", per_kelvin=100)
    assert one.thermogram.unit == "degrees Celsius"
    np.testing.assert_allclose(tifffile.imread(tmp_path / "t.tif"), CELSIUS, atol=0.01)
    (one,) = write_thermal([tmp_path / "c.png"], tmp_path / "t.png", per_kelvin=100)
    assert one.display[1] == pytest.approx(70, abs=0.1)
    with pytest.raises(ValueError, match="per_kelvin 0: expected more than 0"):
        next(read_thermal(tmp_path / "c.png", per_kelvin=0))
