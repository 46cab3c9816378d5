"""Segment's integrations object: is this call meant for this destination?"""

from __future__ import annotations

from typing import Any


def ruled_out(integrations: Any, name: str) -> str | None:
    """Why the ``integrations`` of a call keep it from the destination called `name`, or None where they do not.

    A key for the destination itself beats ``All``, whatever its value but ``false`` counts as true, and names are
    case-sensitive. ``all`` in another case blocks too, as it does at Segment. What is no object counts as absent.
    """
    if not integrations or type(integrations) is not dict:
        return None
    if name in integrations:
        return f"integrations.{name} is false" if integrations[name] is False else None
    for key, value in integrations.items():
        if value is False and key.lower() == "all":
            return "integrations.All is false"
    return None
