"""The parts of the package that are installed on request."""

from __future__ import annotations


def pip_install(extra: str) -> str:
    """How an extra is installed, for a help: from a clone, for no package index has mapper."""
    return f"`pip install '.[{extra}]'` where mapper was cloned to"
