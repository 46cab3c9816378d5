"""Make ``events.ndjson``: some weeks of a made-up B2B product, as Segment delivers its calls to a destination.

Haulwise plans routes for haulage firms. Its users work in a browser or in an app; its own servers (Python for billing,
Node for the product) report too, and Engage computes an audience and traits. Everything is invented, and everything is
drawn from hashes, so that every run gives the same bytes.

    python docs/examples/make_events.py            write the file
    python docs/examples/make_events.py --check    exit 1 where the file is not what would be written
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from making.sources import delivered
from making.story import story

TARGET: Final = Path(__file__).with_name("events.ndjson")


def document() -> str:
    """The whole file, one call a line, in the order in which Segment received them."""
    calls = [delivered(*happening) for happening in story()]
    calls.sort(key=lambda call: (call["receivedAt"], call["messageId"]))
    return "".join(json.dumps(call, ensure_ascii=False, separators=(",", ":")) + "\n" for call in calls)


def main(arguments: Sequence[str]) -> int:
    """Write the file, or check it; 0, or 1 where the check fails."""
    text = document()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.name} is stale: run python docs/examples/make_events.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
