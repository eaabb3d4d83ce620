"""Live sources for tests: senders in threads of this process, on this machine only."""

import io
import socket
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av")


def free_port(kind=socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def shade(i: int) -> av.VideoFrame:
    """A frame that says its number: its gray is 4 times that, from 16 on."""
    return av.VideoFrame.from_ndarray(np.full((72, 64), 16 + 4 * i % 200, np.uint8), "yuv420p")


def clip(numbers, *, first=0, rate=25, form="mpegts") -> bytes:
    """Encoded frames of these numbers; their time stamps begin at ``first`` frames."""
    data = io.BytesIO()
    with av.open(data, "w", format=form) as out:
        stream = out.add_stream("libx264", rate=rate, options={"tune": "zerolatency", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k, i in enumerate(numbers):
            frame = shade(i)
            frame.pts = first + k
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return data.getvalue()


class Server(threading.Thread):
    """Sends one answer to each that connects, and closes; ``pause``: seconds between its pieces."""

    def __init__(self, answers, pause=0.0):
        super().__init__(daemon=True)
        self.answers, self.pause = answers, pause
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.start()

    def run(self) -> None:
        for pieces in self.answers:
            connection, _ = self.socket.accept()
            with connection:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(self.pause)
        self.socket.close()


class Receiver(threading.Thread):
    """Keeps what is sent to a UDP port."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.5)
        self.url = f"udp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.data, self.arrivals = b"", []
        self.done = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.done.is_set() or self.data == b"":
            try:
                self.data += self.socket.recv(65536)
                self.arrivals.append(time.monotonic())
            except TimeoutError:
                if self.done.is_set():
                    break

    def frames(self):
        self.done.set()
        self.join(5)
        self.socket.close()
        return decoded(self.data)


def decoded(data: bytes):
    """(time, mean gray) of each frame."""
    with av.open(io.BytesIO(data)) as container:
        return [(f.pts * Fraction(f.time_base), float(f.to_ndarray()[:48].mean())) for f in container.decode(video=0)]
