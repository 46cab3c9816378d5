"""The mapping set that the examples of rules are laid over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MINIMAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "destination.yaml": (
            "mapper: 1\n"
            "id: example\n"
            "destination: Example\n"
            "accepts: [track]\n"
            "requests:\n"
            "  event:\n"
            "    base: \"'https://events.example.com'\"\n"
            "    path: \"'/v1/events'\"\n"
            "    body: ndjson\n"
        ),
        "track.yaml": ("mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n  event: event\n"),
    }
)
