"""Milepost: the progress service of a tutor platform."""

__version__ = "0.1.0"
