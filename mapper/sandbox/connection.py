"""One connection from its first request to its last."""

from __future__ import annotations

import asyncio
from typing import Final

from mapper.sandbox.admin import answer_admin, is_admin
from mapper.sandbox.admission import Head, admit, masked_path
from mapper.sandbox.answers import Answer, problem
from mapper.sandbox.sandbox import Reply, Sandbox
from mapper.sandbox.spec import Endpoint
from mapper.sandbox.wire import Wire, WireError

_MAX_OTHER_BODY: Final = 1_000_000
"""Bytes read of a body that is refused or meant for the sandbox itself; beyond that the connection ends."""


async def converse(sandbox: Sandbox, wire: Wire) -> None:
    """Answer requests until the client goes, or a fault ends the connection."""
    try:
        await _answer_all(sandbox, wire)
    except ConnectionError:
        pass  # the client hung up: nothing is left to say
    except asyncio.CancelledError:
        wire.reset()
        raise
    finally:
        await wire.close()


async def _answer_all(sandbox: Sandbox, wire: Wire) -> None:
    try:
        while (head := await wire.head()) is not None:
            await _exchange(sandbox, wire, head)
    except WireError as error:
        _note(sandbox, None, str(error.status))
        await wire.refuse(problem(error.status, str(error)))


async def _exchange(sandbox: Sandbox, wire: Wire, head: Head) -> None:
    if is_admin(head):
        await wire.answer(answer_admin(sandbox, head, await wire.body(_MAX_OTHER_BODY)))
        return
    admitted = admit(sandbox.spec, head)
    if isinstance(admitted, Answer):
        _note(sandbox, head, str(admitted.status))
        await _turn_away(wire, head, admitted)
    else:
        await _serve(sandbox, wire, head, admitted)


async def _turn_away(wire: Wire, head: Head, answer: Answer) -> None:
    """Refuse a request by its head; a small body is read, so that the connection lives on."""
    if (head.length or 0) > _MAX_OTHER_BODY or "transfer-encoding" in head.headers:
        await wire.refuse(answer)
        return
    await wire.body(_MAX_OTHER_BODY)
    await wire.answer(answer)


async def _serve(sandbox: Sandbox, wire: Wire, head: Head, endpoint: Endpoint) -> None:
    early = sandbox.faults.pick_early(endpoint.name)
    if early is not None:
        await sandbox.clock.sleep(early.delay)
        _note(sandbox, head, "close before")
        wire.reset()
        return
    await _send(sandbox, wire, head, sandbox.take(endpoint, head, await wire.body(endpoint.max_bytes)))


async def _send(sandbox: Sandbox, wire: Wire, head: Head, reply: Reply) -> None:
    answer, fault = reply.answer, reply.fault
    if fault is None:
        _note(sandbox, head, str(answer.status))
        await wire.answer(answer)
        return
    if fault.delay:
        await sandbox.clock.sleep(fault.delay)
    if fault.hang:
        _note(sandbox, head, "hang")
        await wire.until_gone()
        wire.reset()
    elif fault.close == "after-read":
        _note(sandbox, head, "close after-read")
        wire.reset()
    else:
        if fault.truncate is not None:
            answer = Answer(answer.status, answer.body[: fault.truncate], answer.headers)
        half = fault.close == "mid-body"
        _note(sandbox, head, f"{answer.status} cut" if half else str(answer.status))
        await wire.answer(answer, slow=fault.slow, half=half)


def _note(sandbox: Sandbox, head: Head | None, outcome: str) -> None:
    """Count how a request ended, and log it without key and without query."""
    sandbox.received.answers[outcome] += 1
    if sandbox.log is not None:
        asked = "(broken request)" if head is None else f"{head.method} {masked_path(sandbox.spec, head)}"
        sandbox.log(f"{asked} {outcome}")
