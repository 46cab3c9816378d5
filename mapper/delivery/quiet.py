"""Keeps URLs out of logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_ours: ContextVar[bool] = ContextVar("mapper_delivery_sends", default=False)


class _DropOurs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  the signature is logging's
        return not _ours.get()


_drop_ours = _DropOurs()


@contextmanager
def unlogged() -> Iterator[None]:
    """Drop what httpx and httpcore log meanwhile about requests of this task.

    httpx logs whole URLs at INFO, httpcore headers at DEBUG; ours hold secrets. A filter on the loggers themselves
    works whatever handlers, levels or propagation anyone configures, now or later; `Logger.disabled` would be undone
    by the next ``logging.config``. Only requests sent here are dropped: other users of httpx keep their logs.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_drop_ours)  # added once, however often asked
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)
