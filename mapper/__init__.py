"""Declarative mappings from Segment calls to a destination's requests."""

__version__ = "0.1.0"
