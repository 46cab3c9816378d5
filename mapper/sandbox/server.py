"""A pretend destination on a loopback port: within this process, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final, TextIO

from mapper.base.clock import Clock, SystemClock
from mapper.sandbox.admin import help_text
from mapper.sandbox.connection import converse
from mapper.sandbox.error import SandboxError
from mapper.sandbox.sandbox import Sandbox, SandboxOptions
from mapper.sandbox.spec import SandboxSpec
from mapper.sandbox.wire import Wire

LOOPBACK: Final = "127.0.0.1"


@asynccontextmanager
async def running(
    spec: SandboxSpec,
    options: SandboxOptions | None = None,
    *,
    clock: Clock | None = None,
    log: Callable[[str], None] | None = None,
) -> AsyncIterator[Sandbox]:
    """Serve a pretend destination on loopback until the block ends; open connections are then cut.

    Raises:
        SandboxError: the port is taken, or a fault rule is wrong.
    """
    options = options or SandboxOptions()
    sandbox = Sandbox(spec, options, clock or SystemClock(), log)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(converse(sandbox, Wire(reader, writer, sandbox.clock)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        server = await asyncio.start_server(accept, LOOPBACK, options.port)
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise SandboxError(f"can't listen on {LOOPBACK}:{options.port}: {cause}", help="use --port 0") from None
    sandbox.base_url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    try:
        yield sandbox
    finally:
        server.close()
        await _cancel(tasks)
        await server.wait_closed()


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def serve(
    spec: SandboxSpec,
    options: SandboxOptions | None = None,
    *,
    out: TextIO | None = None,
    log: Callable[[str], None] | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM, and give the exit code, 0.

    The first line on `out` is JSON, ``{"sandbox": ID, "base_url": URL, "settings": {NAME: KEY}}``; help for people
    follows.

    Raises:
        SandboxError: the port is taken, or a fault rule is wrong.
    """
    asyncio.run(_serve(spec, options, out or sys.stdout, log))
    return 0


async def _serve(
    spec: SandboxSpec, options: SandboxOptions | None, out: TextIO, log: Callable[[str], None] | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(spec, options, log=log) as sandbox:
        first = {"sandbox": spec.id, "base_url": sandbox.base_url, "settings": dict(sandbox.settings)}
        out.write(f"{json.dumps(first)}\n{help_text(sandbox)}")
        out.flush()
        await stop.wait()
