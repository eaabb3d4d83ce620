"""Raw frames through pipes, end to end."""

import io
import os
import resource
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from time import monotonic, sleep

import numpy as np
import pytest
from calls import fuse_stream

from aefusion.fusion.fuser import Fuser
from aefusion.image.depth import to_depth
from aefusion.image.transform import Transform, write_transforms
from aefusion.video.fuse_stream import FORMATS
from aefusion.video.luma_range import compressed, expanded

COMMAND = [sys.executable, "-c", "from aefusion.cli import main; main()", "stream"]
SHAPES = {"gray8": (24, 32), "gray16le": (24, 32), "rgb24": (24, 32, 3)}


def frames(pixels: str, number: int) -> list[np.ndarray]:
    rng = np.random.default_rng(number)
    kind = FORMATS[pixels][0]
    return [rng.integers(0, np.iinfo(kind).max, SHAPES[pixels], kind, endpoint=True) for _ in range(number)]


def stream(data: bytes, *options: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, "--size", "32x24", *options], input=data, capture_output=True, timeout=60, **more)


@pytest.mark.parametrize("pixels", list(SHAPES))
@pytest.mark.parametrize("separate", [False, True])
def test_each_pair_is_fused_as_arrays_are(pixels, separate):
    sources = frames(pixels, 6)
    together = [x.tobytes() for x in sources]
    out = io.BytesIO()
    one = io.BytesIO(b"".join(together[::2] if separate else together))
    second = io.BytesIO(b"".join(together[1::2])) if separate else None
    assert fuse_stream(Fuser(), one, out, 32, 24, pixels=pixels, second=second) == 3
    expected = [Fuser()(a, b).tobytes() for a, b in zip(sources[::2], sources[1::2], strict=True)]
    assert out.getvalue() == b"".join(expected)


def test_gray_in_rgb_stays_rgb():
    gray = np.repeat(frames("gray8", 1)[0][..., None], 3, axis=2)
    out = io.BytesIO()
    fuse_stream(Fuser(), io.BytesIO(gray.tobytes() * 2), out, 32, 24, pixels="rgb24")
    fused = np.frombuffer(out.getvalue(), np.uint8).reshape(gray.shape)
    assert np.array_equal(fused[..., 0], fused[..., 1]) and np.array_equal(fused[..., 0], fused[..., 2])


def test_command_through_pipes():
    sources = frames("gray8", 4)
    done = stream(b"".join(x.tobytes() for x in sources))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"".join(Fuser()(*sources[i : i + 2]).tobytes() for i in (0, 2))
    assert (stream(b"").returncode, stream(b"").stdout) == (0, b"")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_second_source_through_a_named_pipe(tmp_path):
    a, b = frames("gray8", 3), frames("gray8", 4)
    os.mkfifo(tmp_path / "b")
    writer = threading.Thread(target=lambda: (tmp_path / "b").write_bytes(b"".join(x.tobytes() for x in b)))
    writer.start()
    done = stream(b"".join(x.tobytes() for x in a), "--second", str(tmp_path / "b"))
    writer.join()
    assert (done.returncode, done.stderr) == (0, b"")  # the shorter one ends both
    assert done.stdout == b"".join(Fuser()(x, y).tobytes() for x, y in zip(a, b, strict=False))


def test_a_partial_frame_is_one_line_after_what_was_whole():
    data = b"".join(x.tobytes() for x in frames("gray8", 4))
    for cut, wrong in ((100, b"pair 2: frame b has 668 of 768 bytes"), (768, b"pair 2: frame b has 0 of 768 bytes")):
        done = stream(data[:-cut])
        assert done.returncode == 1 and len(done.stdout) == 768
        assert wrong in done.stderr and done.stderr.count(b"\n") == 1


def test_no_thread_stays_after_an_early_end():
    long, short = (b"".join(x.tobytes() for x in frames("gray8", number)) for number in (9, 1))
    before = threading.active_count()
    assert fuse_stream(Fuser(), io.BytesIO(long), io.BytesIO(), 32, 24, second=io.BytesIO(short)) == 1
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(ValueError, match="closed file"):
        fuse_stream(Fuser(), io.BytesIO(long), closed, 32, 24)
    deadline = monotonic() + 5
    while threading.active_count() > before and monotonic() < deadline:
        sleep(0.01)
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ("--size 32", b"--size 32: expected"),
        ("--size 0x24", b"size 0x24"),
        ("--size 32x24 --second no", b"aefusion: no: no such file or folder: check the path"),
    ],
)
def test_bad_options_are_one_line(options, wrong):
    done = subprocess.run([*COMMAND, *options.split()], input=b"", capture_output=True, timeout=60)
    assert done.returncode == 1 and wrong in done.stderr and done.stderr.count(b"\n") == 1


def test_a_reader_that_goes_ends_it_quietly():
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen([*COMMAND, "--size", "32x24"], bufsize=0, **pipes)
    assert process.stdin and process.stdout and process.stderr
    pair = bytes(2 * 768)
    process.stdin.write(pair)
    assert len(process.stdout.read(768)) == 768  # a frame comes out before the input ends
    process.stdout.close()
    with suppress(BrokenPipeError):
        for _ in range(1000):
            process.stdin.write(pair)
    process.stdin.close()
    assert process.wait(60) == 141 and process.stderr.read() == b""
    process.stderr.close()


def test_memory_is_constant():
    class Endless(io.RawIOBase):
        def __init__(self, frames: int):
            self.left = frames * 2 * 480 * 640

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            count = min(len(buffer), self.left)
            self.left -= count
            return count

    class Nowhere(io.RawIOBase):
        def write(self, data) -> int:
            return len(data)

    average = Fuser(method=lambda a, b: a)
    fuse_stream(average, Endless(10), Nowhere(), 640, 480)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fuse_stream(average, Endless(200), Nowhere(), 640, 480) == 200  # 122 MB in, 61 MB out
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


def planes(pixels: str, luma: np.ndarray, cb: int, cr: int) -> bytes:
    """A frame of nv12 or yuv420p."""
    half = (-(-luma.shape[0] // 2), -(-luma.shape[1] // 2))
    chroma = np.stack([np.full(half, cb, np.uint8), np.full(half, cr, np.uint8)], -1 if pixels == "nv12" else 0)
    return luma.tobytes() + chroma.tobytes()


@pytest.mark.parametrize("pixels", ["nv12", "yuv420p"])
def test_luma_is_fused_and_chroma_stays(pixels):
    rng = np.random.default_rng(0)
    one = rng.integers(16, 236, (23, 31), np.uint8)
    other = rng.integers(0, 256, (23, 31), np.uint8)
    source = planes(pixels, one, 90, 160) + other.tobytes()
    out = io.BytesIO()
    assert fuse_stream(Fuser(), io.BytesIO(source), out, 31, 23, pixels=pixels, pixels_second="gray8") == 1
    luma = Fuser()(expanded(one, 8, False), other)
    expected = np.empty_like(one)
    compressed(luma, 8, False, expected)
    assert out.getvalue() == planes(pixels, expected, 90, 160)
    both = planes(pixels, one, 90, 160) + planes(pixels, one, 10, 10)
    out = io.BytesIO()
    fuse_stream(Fuser(method=lambda a, b: b), io.BytesIO(both), out, 31, 23, pixels=pixels)
    assert out.getvalue() == planes(pixels, one, 90, 160)


def test_bgr_is_rgb_in_another_order():
    a, b = frames("rgb24", 2)
    results = []
    for pixels, order in (("rgb24", 1), ("bgr24", -1)):
        out = io.BytesIO()
        data = b"".join(np.ascontiguousarray(x[..., ::order]).tobytes() for x in (a, b))
        fuse_stream(Fuser(), io.BytesIO(data), out, 32, 24, pixels=pixels)
        results.append(np.frombuffer(out.getvalue(), np.uint8).reshape(24, 32, 3)[..., ::order])
    assert np.array_equal(*results)


@pytest.mark.parametrize(
    ("one", "other"), [("rgb24", "gray16le"), ("gray16le", "rgb24"), ("gray8", "gray16le"), ("gray16le", "gray8")]
)
def test_formats_that_differ(one, other):
    a, b = frames(one, 1)[0], frames(other, 2)[1]
    out = io.BytesIO()
    fuse_stream(Fuser(), io.BytesIO(a.tobytes() + b.tobytes()), out, 32, 24, pixels=one, pixels_second=other)
    expected = Fuser()(a, b, colour="auto" if one == "rgb24" else "gray", range="none")
    assert out.getvalue() == to_depth(expected, a.dtype).tobytes()


def test_the_second_of_another_size_with_counts(tmp_path):
    """A hot body is bright, though the first frame is that of a closed shutter; sizes that differ are told."""
    visible = np.full((24, 32, 3), 120, np.uint8)
    counts = np.linspace(7000, 7300, 12 * 16).reshape(12, 16).astype("<u2")
    counts[4:8, 6:10] = 8200
    a, b = visible.tobytes() * 4, np.zeros_like(counts).tobytes() + counts.tobytes() * 3
    (tmp_path / "b").write_bytes(b)
    options = ("--pixels", "rgb24", "--second", str(tmp_path / "b"), "--pixels-second", "gray16le")
    done = stream(a, *options, "--size-second", "16x12")
    assert done.returncode == 1 and b"sizes differ" in done.stderr and b"--resize b-to-a" in done.stderr
    for more in ((), ("--range", "7000", "8200")):
        done = stream(a, *options, "--size-second", "16x12", "--resize", "b-to-a", "--method", "max", *more)
        assert done.returncode == 0, done.stderr
        fused = np.frombuffer(done.stdout, np.uint8).reshape(4, 24, 32, 3)
        for frame in fused[1:]:
            assert frame[9:15, 13:19].min() > 200 and abs(int(frame[2, 2, 0]) - 120) < 3
    assert b"--size-second 16: expected width and height" in stream(a, *options, "--size-second", "16").stderr


def test_a_transform_lays_the_second_onto_the_first(tmp_path):
    rng = np.random.default_rng(0)
    scene = rng.integers(0, 256, (40, 50), np.uint8)
    a, b = scene[:24, :32], scene[4:36, 6:46]
    write_transforms(
        tmp_path / "t.json", [Transform(np.array([[1.0, 0, -6], [0, 1, -4], [0, 0, 1]]), (24, 32), (32, 40))]
    )
    out = io.BytesIO()
    source = io.BytesIO(np.ascontiguousarray(a).tobytes() + np.ascontiguousarray(b).tobytes())
    second = Fuser(method=lambda a, b: b)
    fuse_stream(second, source, out, 32, 24, size_second=(40, 32), transform=tmp_path / "t.json")
    assert np.array_equal(np.frombuffer(out.getvalue(), np.uint8).reshape(24, 32), a)


def test_the_second_is_aligned_as_soon_as_it_shows_something():
    """The shutter is closed in the first frames; none is held back, and later frames lie on each other."""
    from test_align import NEAR, as_infrared, scene, seen_by, turned

    a = np.uint8(255 * seen_by(scene(), NEAR))
    b = np.uint8(255 * as_infrared(seen_by(scene(), turned(1.05, 0, 14, -9))))
    small = b[::2, ::2]
    for second, size in ((b, None), (small, (160, 120))):
        shown = [np.full_like(second, 128)] * 2 + [second] * 10
        out = io.BytesIO()
        more = {"second": io.BytesIO(b"".join(x.tobytes() for x in shown)), "size_second": size, "align": "auto"}
        with warnings.catch_warnings(action="error"):
            assert fuse_stream(Fuser(method=second_of), io.BytesIO(a.tobytes() * 12), out, 320, 240, **more) == 12
        fused = np.frombuffer(out.getvalue(), np.uint8).reshape(12, 240, 320)[:, 40:-40, 40:-40].astype(int)
        right = (255 * as_infrared(seen_by(scene(), NEAR)))[40:-40, 40:-40]
        off = [float(np.abs(one - right).mean()) for one in fused]
        assert off[-1] < 8 and off[1] > 15 and min(off[2:]) == pytest.approx(off[-1])


def second_of(a, b):
    return b


def test_what_cannot_be_aligned_is_told_of_at_the_end():
    one, other = (np.random.default_rng(i).integers(0, 256, (64, 64), np.uint8).tobytes() for i in (1, 2))
    for count in (3, 200):  # with 25 a second, all tries are over after 6 seconds
        with pytest.warns(UserWarning, match="b: not aligned to a") as told:
            fuse_stream(Fuser(method="max"), io.BytesIO((one + other) * count), io.BytesIO(), 64, 64, align="auto")
        assert len(told) == 1


def test_brightness_is_smoothed():
    still = np.random.default_rng(0).integers(20, 120, (24, 32)).astype(np.uint8)
    data = b"".join(np.ascontiguousarray(x).tobytes() for gain in (1, 1, 2, 2) for x in (still, still * np.uint8(gain)))
    means = []
    for steady in (0, 0.5):
        out = io.BytesIO()
        fuse_stream(Fuser(method=lambda a, b: b), io.BytesIO(data), out, 32, 24, steady=steady, rate=25)
        means.append(np.frombuffer(out.getvalue(), np.uint8).reshape(4, -1).mean(axis=1))
    assert abs(means[0][2] - means[0][1]) > 60 and abs(means[1][2] - means[1][1]) < 8


def test_what_cannot_be_meant_is_one_line():
    for options, wrong in (
        ({"pixels": "rgb32"}, "pixels 'rgb32': expected gray8"),
        ({"resize": "a-to-b"}, "resize 'a-to-b': expected b-to-a"),
        ({"size_second": (0, 9)}, "size 0x9: expected 1x1 or more"),
        ({"range": "set"}, "neither 16-bit gray nor"),
    ):
        with pytest.raises(ValueError, match=wrong):
            fuse_stream(Fuser(), io.BytesIO(bytes(2 * 768)), io.BytesIO(), 32, 24, **options)
