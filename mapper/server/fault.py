"""What is wrong with what a server is told."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong: a line, and what to do about it."""

    message: str
    help: str


class ConfigError(Exception):
    """The configuration can't be used."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults
