"""The command line of ``mapper run`` as a record, and how it is written to go on with a run that stopped early."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mapper.delivery.jetstream.address import Address

GRACE: Final = "30s"
CONCURRENCY: Final = 8
MAX_CALL_SIZE: Final = "1MB"
LONGEST_IN_CLUSTER: Final = 400_000
"""Bytes of a call: with what it becomes it has to fit into a message of 1 MB."""
_MOST_FILES: Final = 20
_FLAGS: Final = {
    "destinations": "--destination",
    "settings_file": "--settings",
    "assignments": "--set",
    "cluster": "--queue",
}
"""Of the options whose name does not tell."""
_OF_THIS_RUN: Final = frozenset({"paths", "from_line", "limit"})
"""Options that are other ones when the run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was typed."""

    paths: Sequence[str] = ()
    from_line: int = 1
    dry_run: bool = False
    destinations: Sequence[str] = ()
    mappings: Path | None = None
    dead_letters: Path | None = None
    queue: Path | None = None
    cluster: Address | None = None
    keep_dead: str | None = None
    only: Sequence[str] = ()
    limit: int | None = None
    settings_file: Path | None = None
    assignments: Sequence[str] = ()
    sandbox: bool = False
    base_url: str | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    give_up_after: str | None = None
    grace: str = GRACE
    concurrency: int = CONCURRENCY
    workers: int = 1
    max_call_size: str = MAX_CALL_SIZE
    verbose: bool = False
    quiet: bool = False


def go_on(options: Options, files: Sequence[str], unsettled: tuple[str, int]) -> list[str]:
    """How to go on, in lines for people: the command again from that line, then the files that come after; where a
    queue knows how far they were read, just the command again.

    Args:
        options: Of the run that stopped.
        files: All files it was to read.
        unsettled: File, and line in it, from which on not everything is settled.
    """
    given = [word for each in fields(options) for word in _words(each, getattr(options, each.name))]
    if options.queue is not None or options.cluster is not None:
        count = [] if options.limit is None else [f"with --limit: what is left of {options.limit}"]
        return [f"go on with: {shlex.join(['mapper', 'run', *options.paths, *given])}", *count]
    file, line = unsettled
    shared = options.limit is not None and len(files) > 1  # what the files before used up of it is not known here
    left = None if options.limit is None or shared else max(options.limit - (line - options.from_line), 0)
    limit = [] if left is None else ["--limit", str(left)]
    lines = [f"go on with: {shlex.join(['mapper', 'run', file, '--from-line', str(line), *given, *limit])}"]
    after = list(files)[list(files).index(file) + 1 :] if file in files else []
    if len(after) > _MOST_FILES:
        lines.append(f"then run the {len(after):,} files after it in the same way")
    elif after:
        lines.append(f"then: {shlex.join(['mapper', 'run', *after, *given])}")
    if shared:
        lines.append(f"with --limit: what is left of {options.limit}, which counts over all files")
    return lines


def _words(each: Field[Any], value: Any) -> Iterator[str]:
    """An option as it is typed; nothing where it is the default."""
    flag = _FLAGS.get(each.name, "--" + each.name.replace("_", "-"))
    if each.name in _OF_THIS_RUN or value == each.default or value in ((), []):
        return
    if value is True:
        yield flag
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from (flag, str(item))
    else:
        yield from (flag, _without_password(value) if flag == "--proxy" else str(value))


def _without_password(url: str) -> str:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return url.replace(urlsplit(url).netloc, f"***@{host}") if "@" in urlsplit(url).netloc else url
