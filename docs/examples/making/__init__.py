"""The parts of ``make_events.py``."""
