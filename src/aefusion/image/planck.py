"""From the counts of a thermal camera to temperatures.

Source: W. Minkina, S. Dudzik, Infrared Thermography: Errors and Uncertainties, Wiley, 2009, chapter 2: the measurement
equation, and the transmission of air as FLIR's cameras reckon it.
"""

import struct
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """The calibration of a camera and what it was told of the scene; temperatures in kelvin, distance in metres."""

    emissivity: float
    distance: float
    reflected: float
    air: float
    window: float
    window_transmission: float
    humidity: float
    r1: float
    b: float
    f: float
    alpha_1: float
    alpha_2: float
    beta_1: float
    beta_2: float
    x: float
    o: int
    r2: float

    @classmethod
    def of(cls, record: bytes, order: str) -> "Camera":
        """From the camera information record of a FLIR file; struct.error if it is too short."""
        return cls(
            *struct.unpack_from(f"{order}6f", record, 0x20),
            *struct.unpack_from(f"{order}f", record, 0x3C),
            *struct.unpack_from(f"{order}3f", record, 0x58),
            *struct.unpack_from(f"{order}5f", record, 0x70),
            *struct.unpack_from(f"{order}if", record, 0x308),
        )

    def counted(self, kelvin: float) -> float:
        """What the camera counts from a black body."""
        return self.r1 / (self.r2 * (np.exp(self.b / kelvin) - self.f)) - self.o

    def transmission(self) -> float:
        """The share of the radiation that the air between object and camera lets through."""
        t = self.air - 273.15
        share = self.humidity / 100 if self.humidity > 2 else self.humidity  # some files state it in percent
        water = share * np.exp(1.5587 + 0.06939 * t - 0.00027816 * t**2 + 0.00000068455 * t**3)
        first, second = (
            np.exp(-np.sqrt(self.distance) * (alpha + beta * np.sqrt(water)))
            for alpha, beta in ((self.alpha_1, self.beta_1), (self.alpha_2, self.beta_2))
        )
        return self.x * first + (1 - self.x) * second


def celsius(counts: np.ndarray, camera: Camera) -> np.ndarray:
    """The temperatures of the object, degrees Celsius, float32 (H, W); NaN where the calibration allows none.

    What the camera counts is emitted by the object, reflected by it, and emitted by the air and by a window before the
    lens; the parts other than the first are taken away, and Planck's law is inverted.
    """
    through, glass = camera.transmission(), camera.window_transmission
    other = (
        (1 - camera.emissivity) * through * glass * camera.counted(camera.reflected)
        + (1 - through) * glass * camera.counted(camera.air)
        + (1 - glass) * camera.counted(camera.window)
    )
    emitted = (counts.astype(np.float64) - other) / (camera.emissivity * through * glass)
    kelvin = camera.b / np.log(camera.r1 / (camera.r2 * (emitted + camera.o)) + camera.f)
    return (kelvin - 273.15).astype(np.float32)
