"""Timing engines side by side, and what the processor could do at most."""
