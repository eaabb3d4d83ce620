"""Raw frames through pipes, end to end."""

import io
import os
import resource
import subprocess
import sys
import threading
from contextlib import suppress
from time import monotonic, sleep

import numpy as np
import pytest
from calls import fuse_stream

from aefusion.fusion.fuser import Fuser
from aefusion.video.fuse_stream import FORMATS

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
