"""The one place that says the version; pyproject.toml and CITATION.cff are checked against it."""

__version__ = "0.1.0"
