"""A server from its start to its end: it listens, takes in, delivers, takes up changed mappings, and stops."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn

from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping
from mapper.app.mask import masker
from mapper.app.producer import Producer
from mapper.app.stopping import Stop
from mapper.app.tail import Tail
from mapper.app.wiring import Wired
from mapper.base.clock import SystemClock
from mapper.base.garbage import collect_shortly
from mapper.base.secrets import Secret
from mapper.delivery.durable.errors import UnwrittenError
from mapper.delivery.queue import Settlement
from mapper.delivery.report import Listener, Pause
from mapper.delivery.send import Sender
from mapper.records.tail import Known
from mapper.server.application import Application
from mapper.server.behind import Behind, in_file
from mapper.server.config import ServerConfig
from mapper.server.connection import Connection, Lobby, connections_allowed
from mapper.server.fault import ConfigError, Fault
from mapper.server.inlet import Inlet
from mapper.server.log import log, log_libraries
from mapper.server.notify import notify
from mapper.server.reload import Fingerprint, look
from mapper.server.spell import Spell

if TYPE_CHECKING:
    from mapper.delivery.jetstream.address import Address

_LOOK: Final = 1.0
"""Seconds between looks at the mapping files."""
_BACKLOG: Final = 2048
_STAY: Final = "mappings changed, and the old ones stay in force"
_DRAIN: Final = "the new ones are taken up once none waits; `mapper status` shows what does"
_REFUSED: Final = "senders get 503 and try again; `mapper status` shows what waits, and for what"
_UNBOUNDED: Final = "the queue is in a cluster, and whether it takes more is for the cluster to say"
_BOUND: Final = "bound it with --max-bytes of `mapper nats init`, and take most_pending out of the configuration"
_BIND_HELP: Final = {
    errno.EADDRINUSE: "another process listens there (`ss -ltnp` says which): end it, or choose another with --listen",
    errno.EADDRNOTAVAIL: "this machine has no such address (`ip address` lists them): choose another with --listen",
    errno.EACCES: "ports below 1024 are for root alone: choose another with --listen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What to serve.

    Attributes:
        config: Where, and whose calls.
        cluster: Where the queue is, where that is no file.
        root: Folder of the mappings.
        seen: What they were made of, as it was before it was read.
        wire: Loads the mappings, and says what of; gives what is wrong with them as text instead, where they can't be
            used.
        concurrency: Most requests to destinations in flight.
        grace: Seconds for requests in flight once it is to stop.
        keep_dead: Age in seconds at which dead letters are dropped; None keeps them.
        verbose: Log each request.
    """

    config: ServerConfig
    cluster: Address | None
    root: Path
    seen: Fingerprint
    wire: Callable[[], tuple[Wired | str, Fingerprint]]
    concurrency: int
    grace: float
    keep_dead: float | None
    verbose: bool


async def serve(serving: Serving, wired: Wired, sender: Sender) -> int:
    """Run until a signal ends it; a second one ends it at once. Gives the number of signals.

    Raises:
        ConfigError: the address can't be listened at.
        mapper.app.ledger.UnbalancedError: something was lost or counted twice: a defect of this program.
        mapper.delivery.durable.errors.QueueFileError: the queue can't be used.
    """
    clock, name = SystemClock(), str(serving.cluster or serving.config.queue)
    listener = bind(serving.config)
    server: _Server | None = None

    def troubled(trouble: str | None) -> None:
        if trouble is None:
            log("queue goes on", queue=name)
        else:
            log("queue waits", "warning", because=trouble, help=_REFUSED, queue=name)
        if server is not None:
            server.note_disk(trouble)

    try:
        async with _opened(serving, wired, sender, clock, troubled) as behind:
            server = _Server(serving, wired, behind, clock)
            return await server.run(listener)
    finally:
        listener.close()


def _opened(
    serving: Serving, wired: Wired, sender: Sender, clock: SystemClock, on_trouble: Callable[[str | None], None]
) -> AbstractAsyncContextManager[Behind]:
    if serving.cluster is not None:
        from mapper.server.in_cluster import in_cluster

        return in_cluster(serving.cluster, clock, on_trouble)
    return in_file(
        Path(serving.config.queue),
        wired,
        sender,
        clock,
        on_trouble,
        concurrency=serving.concurrency,
        grace=serving.grace,
        keep_dead=serving.keep_dead,
    )


def bind(config: ServerConfig) -> socket.socket:
    """A socket that listens where it should.

    Raises:
        ConfigError: it can't listen there.
    """
    host, port = config.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        message = f"can't listen at {config.listen}: {error.strerror or error}"
        raise ConfigError(Fault(message, _BIND_HELP.get(error.errno or 0, "choose another with --listen"))) from None
    found.listen(_BACKLOG)
    return found


class _Server:
    """The state of one `serve`."""

    def __init__(self, serving: Serving, wired: Wired, behind: Behind, clock: SystemClock) -> None:
        self._serving = serving
        self._wired = wired
        self._behind = behind
        self._queue = behind.queue
        self._clock = clock
        self._ledger = behind.ledger
        own = masker(map(Secret, serving.config.secrets))
        sources = frozenset({*serving.config.sources, *serving.config.webhooks})
        self._tail = Tail(
            clock,
            lambda text: own(self._wired.mask(text)),
            lambda: Known(sources=sources, mappings=self._wired.mappings),
        )
        keeping = Keeping(self._queue, {}, lambda line: line.file, keyless=True)
        self._producer = Producer(wired, self._queue, self._ledger, Hooks(on_taken=self._tail.taken), keeping)
        most = serving.config.most
        full = Spell(self._note_full, lambda refused: log("calls are taken in again", refused=refused))
        self._inlet = Inlet(wired.apply, self._producer, lambda: behind.has_room(most), clock, full)
        self._application = Application(
            serving.config, self._inlet, clock, metrics=self._metrics, on_request=self._note_request
        )
        self._lobby = Lobby(connections_allowed(), self._application.note_unreadable)
        self._next: Wired | None = None
        """Mappings that are to come into force."""
        self._holds = False
        """Whether it has been told that they can't yet."""
        self._stop = Stop(serving.grace, _note_signal)
        self._stop.hasten = self._queue.hasten
        self._rewired = asyncio.Event()
        self._paused: set[str] = set()
        """Destinations of which that was said, and not yet that they go on."""

    def note_disk(self, trouble: str | None) -> None:
        """The disk or the cluster holds the queue up, or does so no more; may come from another thread."""
        self._inlet.trouble = trouble

    async def run(self, listener: socket.socket) -> int:
        """Until told to stop."""
        self._stop.catch(hangs_up=True)
        server = _Quiet(self._uvicorn())
        host, port = listener.getsockname()[:2]
        tasks = [
            asyncio.create_task(server.serve(sockets=[listener])),
            asyncio.create_task(self._inlet.run()),
            asyncio.create_task(self._keep_delivering()),
            asyncio.create_task(self._keep_looking()),
            asyncio.create_task(self._lobby.keep_looking()),
        ]
        serving, taking, delivering, *looking = tasks
        collect_shortly()
        log_libraries()
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if self._serving.cluster is not None and self._serving.config.most_pending is not None:
            log("most_pending has no effect", "warning", because=_UNBOUNDED, help=_BOUND, queue=str(self._behind))
        try:
            async with self._behind.going(self._tail):
                log("listening", address=address, queue=str(self._behind), pending=await self._behind.pending())
                notify("READY=1")
                await self._until(asyncio.create_task(self._stop.gently.wait()), taking, delivering, serving, *looking)
                self._application.draining = True
                server.should_exit = True
                await self._until(serving)
                self._queue.close()
                self._rewired.set()
                try:
                    await self._until(delivering)
                except UnwrittenError as error:
                    log("the disk does not take it", "error", because=str(error))
        finally:
            for task in tasks:
                task.cancel()
            self._lobby.turn_out_deaf()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._ledger.check(self._queue.counts().pending)
        log("stopped", pending=await self._behind.pending(), at_once=self._stop.at_once.is_set())
        return self._stop.signals

    async def _until(self, *tasks: asyncio.Task[Any]) -> None:
        """Wait for the first of these, or until all is to end at once; raise what it raised."""
        at_once = asyncio.create_task(self._stop.at_once.wait())
        done, _ = await asyncio.wait({*tasks, at_once}, return_when=asyncio.FIRST_COMPLETED)
        at_once.cancel()
        for task in done - {at_once}:
            task.result()

    def _uvicorn(self) -> uvicorn.Config:
        trusted = self._serving.config.trusted
        return uvicorn.Config(
            self._application,
            http=cast("type[asyncio.Protocol]", partial(Connection, self._lobby)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted),
            forwarded_allow_ips=trusted,
            timeout_graceful_shutdown=max(round(self._serving.grace), 1),
        )

    # -- delivering ---------------------------------------------------------------------------------------------------

    async def _keep_delivering(self) -> None:
        while True:
            listener = Listener(
                on_settled=self._note_settled,
                mask=self._wired.mask,
                on_trouble=self._tail.troubled,
                on_pause=self._note_pause,
                on_resume=self._note_resume,
            )
            await self._behind.deliver(self._wired, listener, self._rewired, self._paused)
            if self._stop.gently.is_set():
                return
            self._rewired.clear()

    # -- changed mappings ---------------------------------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        """Take up mappings that changed and can be used; the old ones stay in force where they can't.

        Between two looks nothing may have changed: files come one by one, and editors take one away to write it anew.
        """
        seen = found = self._serving.seen
        while True:
            await self._clock.sleep(_LOOK)
            if self._next is not None:
                self._inlet.between(self._take_up)
            before, found = found, await asyncio.to_thread(look, self._serving.root, seen)
            if found == seen or found != before:
                continue
            self._next, self._holds = None, False
            wired, seen = await asyncio.to_thread(self._serving.wire)
            found = seen
            if isinstance(wired, str):
                log(_STAY, "warning", because=wired)
            else:
                self._next = wired
                self._inlet.between(self._take_up)

    def _take_up(self) -> None:
        """The next mappings come into force, unless something waits that they can't send: then once nothing does."""
        wired = self._next
        if wired is None:
            return
        if missing := sorted(self._behind.targets - wired.targets.keys()):
            if not self._holds:
                name = "/".join(missing[0])
                because = f"requests wait for `{name}`, which the new ones do not have"
                log(_STAY, "warning", because=because, help=_DRAIN)
            self._holds = True
            return
        self._next = None
        self._wired = self._producer.wired = wired
        self._inlet.apply = wired.apply
        self._rewired.set()
        log("mappings changed, and are in force")

    # -- telling ------------------------------------------------------------------------------------------------------

    def _note_pause(self, pause: Pause) -> None:
        self._paused.add(pause.destination)
        log("destination paused", "warning", destination=pause.destination, because=pause.because, help=pause.advice)

    def _note_resume(self, destination: str) -> None:
        self._paused.discard(destination)
        log("destination goes on", destination=destination)

    def _note_full(self, because: str) -> None:
        log("no calls are taken in", "warning", because=because, pending=self._behind.here, help=_REFUSED)

    async def _metrics(self) -> str:
        return await self._behind.metrics(round(self._clock.wall() * 1000))

    def _note_settled(self, settlement: Settlement) -> None:
        self._ledger.settle(settlement)
        self._tail.settled(settlement)

    def _note_request(self, path: str, status: int, calls: int, seconds: float, because: str | None) -> None:
        if because is not None:
            self._tail.refused(path, status, because)
        if self._serving.verbose:
            log("request", path=path, status=status, calls=calls, milliseconds=round(seconds * 1000, 1))


def _note_signal(at_once: bool) -> None:
    log("stopping", at_once=at_once)
    notify("STOPPING=1")


class _Quiet(uvicorn.Server):
    """Leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
