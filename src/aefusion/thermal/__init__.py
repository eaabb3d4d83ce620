"""Temperatures as they were measured: read, looked at, written."""

from aefusion.thermal.read_thermal import read_thermal
from aefusion.thermal.thermogram import Measured, Thermogram
from aefusion.thermal.write_thermal import WrittenThermal, write_thermal

__all__ = ["Measured", "Thermogram", "WrittenThermal", "read_thermal", "write_thermal"]
