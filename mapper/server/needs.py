"""What a server needs of uvicorn beside what uvicorn promises, so that a version without it is refused at once."""

from __future__ import annotations

import dis
import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

OLDEST: Final = "0.53"
"""The oldest uvicorn that will do: it says, too, when it is about to close a connection, for which it has no name that
:data:`NEEDS` could ask for. mapper is tested with it."""
_HTTP: Final = "uvicorn.protocols.http.httptools_impl"
NEEDS: Final[Mapping[tuple[str, str], str]] = {
    (_HTTP, "HttpToolsProtocol"): (
        "_start_asgi_task connection_lost connection_made cycle data_received eof_received flow headers loop"
        " on_body on_headers_complete on_message_begin on_message_complete on_response_complete parser pause_writing"
        " pipeline resume_writing scope server_state transport url"
    ),
    (_HTTP, "RequestResponseCycle"): (
        "disconnected keep_alive message_event more_body response_complete response_started scope"
    ),
    (_HTTP, "STATUS_LINE"): "",
    ("uvicorn.protocols.http.flow_control", "FlowControl"): "resume_reading write_paused",
    ("uvicorn.server", "Server"): "capture_signals should_exit",
    ("uvicorn.server", "ServerState"): "total_requests",
}
"""By module and name in it the attributes that it must have."""


def version() -> str:
    """The uvicorn that is installed."""
    return str(import_module("uvicorn").__version__)


def too_old() -> bool:
    """Whether it is older than :data:`OLDEST`."""
    return _numbers(version()) < _numbers(OLDEST)


def _numbers(version: str) -> list[int]:
    """The first two: ``0.53.0.dev1`` is as good as 0.53."""
    return [int(each) for each in re.findall(r"\d+", version)[:2]]


def lacking() -> Iterator[str]:
    """What it has not, of what is needed.

    Raises:
        ModuleNotFoundError: it is not installed, or something else is not that it needs.
    """
    import_module("uvicorn")
    for (module, name), attributes in NEEDS.items():
        try:
            found = getattr(import_module(module), name, None)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("uvicorn."):
                raise
            found = None
        if found is None:
            yield f"{module}.{name}"
        elif attributes:
            known = _attributes(found)
            yield from (f"{name}.{attribute}" for attribute in attributes.split() if attribute not in known)


def _attributes(found: Any) -> set[str]:
    """What instances have, as far as that can be told without one, which would take an event loop: methods, and what
    these set."""
    methods = (
        each.__code__ for base in inspect.getmro(found) for each in vars(base).values() if inspect.isfunction(each)
    )
    steps = (step for code in methods for step in dis.get_instructions(code))
    return {*dir(found), *(step.argval for step in steps if step.opname == "STORE_ATTR")}
