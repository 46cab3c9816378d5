"""NDJSON to NDJSON beside other mapping engines that install from a registry, where they are installed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from mapper.compiler.compiled import Compiled
from tests.bench.corpus import SETTINGS, as_it_is, first, require_same, shipped_set, typical_lines
from tests.bench.measure import Contender, measure, seconds, timed
from tests.bench.ndjson import MAPPER, mapped_by
from tests.bench.outcome import Options, Outcome, at_least, rates
from tests.bench.peers.node import missing, node_peer
from tests.bench.peers.vrl import Vrl, vrl


@dataclass(frozen=True, slots=True)
class _UnderNode:
    """A peer under Node. `share`: it gets the first so many-th of the calls."""

    module: str
    package: str
    share: int


VRL: Final = "VRL in the process"
MAPPING_KIT: Final = "Segment's mapping-kit"
TEMPLATES: Final = "RudderStack's json-template-engine"
BARS: Final = {VRL: 5.0, MAPPING_KIT: 8.0, TEMPLATES: 1.8}
UNDER_NODE: Final = {
    MAPPING_KIT: _UnderNode("mapping_kit", "@segment/actions-core", 5),
    TEMPLATES: _UnderNode("json_template_engine", "@rudderstack/json-template-engine", 1),
}
VRL_SHARE: Final = 5


def peers(options: Options) -> Outcome:
    """Those that are installed, held against our events first."""
    lines = typical_lines(options.seed, options.calls)
    ours = mapped_by(Compiled([shipped_set()], SETTINGS))
    expected = ours(lines)
    field = [timed(MAPPER, ours, lines)]
    skipped: list[str] = []
    with TemporaryDirectory() as folder, ExitStack() as stack:
        installed = vrl()
        if installed:
            few = first(lines, VRL_SHARE)
            require_same(VRL, expected, installed.run(few))
            field.append(_compiled_once(installed, few))
        else:
            skipped.append(VRL)
        file = Path(folder, "calls.ndjson")
        file.write_bytes(b"\n".join(lines) + b"\n")
        for name, peer in UNDER_NODE.items():
            if missing(peer.package):
                skipped.append(name)
                continue
            process = stack.enter_context(node_peer(peer.module, file))
            theirs = process.events(len(lines), Path(folder, "events.ndjson"))
            require_same(name, expected, theirs, _without_dimensions if name == MAPPING_KIT else as_it_is)
            calls = len(first(lines, peer.share))
            field.append(Contender(name, calls, partial(process.turn, calls)))
        figures = measure(field, options.rounds)
    notes = [f"skipped, not installed: {name}; `make peers` installs it" for name in skipped]
    bars = at_least(figures, MAPPER, {name: BARS[name] for name in figures.seconds if name != MAPPER})
    return Outcome("The same beside peers", bars, rates(figures), notes)


def _compiled_once(peer: Vrl, lines: Sequence[bytes]) -> Contender:
    run = timed(VRL, peer.run, lines)
    return replace(run, turn=lambda: run.turn() - seconds(peer.compile))


def _without_dimensions(event: dict[str, Any]) -> dict[str, Any]:
    """mapping-kit can't share out what is left; of an alias call it can say which dimension there is."""
    details = event.get("details", {})
    if event["action"] == "identifyUser" and "previous_id" in str(details):
        return event
    kept = {name: value for name, value in details.items() if name != "rest" and not name.startswith("custom_")}
    return event | {"details": kept}
