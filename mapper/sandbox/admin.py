"""The sandbox's own paths: help, what was received, faults on demand."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from mapper.base.json import JsonError, decode
from mapper.sandbox.admission import Head
from mapper.sandbox.answers import Answer, json_answer, problem
from mapper.sandbox.error import SandboxError
from mapper.sandbox.received import ReceivedRequest
from mapper.sandbox.sandbox import Sandbox

_METHODS: Final = {"/": ("GET",), "/received": ("GET", "DELETE"), "/faults": ("GET", "POST", "DELETE")}


def is_admin(head: Head) -> bool:
    """Whether a request is for the sandbox itself."""
    return head.path in _METHODS


def answer_admin(sandbox: Sandbox, head: Head, body: bytes) -> Answer:
    """Answer a request to the sandbox itself."""
    methods = _METHODS[head.path]
    if head.method not in methods:
        return problem(405, f"use {' or '.join(methods)}", headers=(("allow", ", ".join(methods)),))
    match head.path, head.method:
        case "/received", "GET":
            return _received(sandbox, head.query)
        case "/received", _:
            sandbox.received.clear()
            return Answer(204)
        case "/faults", "POST":
            return _add_faults(sandbox, body)
        case "/faults", "DELETE":
            sandbox.faults.clear()
            return Answer(204)
        case "/faults", _:
            return json_answer(200, sandbox.faults.as_json())
    return Answer(200, help_text(sandbox).encode(), (("content-type", "text/plain; charset=utf-8"),))


def help_text(sandbox: Sandbox) -> str:
    """What a person may try, with the sandbox's own fake keys."""
    lines = [f"The pretend destination {sandbox.spec.id}. {sandbox.spec.description}".rstrip(), "", "It takes:"]
    lines += [f"  {one.method} {one.masked_path}" for one in sandbox.spec.endpoints.values()]
    lines += ["", "Its keys:", *(f"  {name} = {value}" for name, value in sandbox.settings.items())]
    lines += [
        "",
        "And for you:",
        "  GET    /received   what it took; ?events=1 for the events alone, ?limit=N&offset=N for a part",
        "  DELETE /received   forget it",
        "  GET    /faults     the faults on demand",
        "  POST   /faults     add some: a JSON list such as",
        '                     [{"status": 503, "retry_after": 2, "times": 3}, {"close": "mid-body", "times": 1}]',
        "  DELETE /faults     behave again",
    ]
    return "\n".join(lines) + "\n"


def _received(sandbox: Sandbox, query: str) -> Answer:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    unknown = parameters.keys() - {"events", "limit", "offset"}
    numbers = {name: parameters[name] for name in ("limit", "offset") if name in parameters}
    if unknown or not all(text.isascii() and text.isdigit() and len(text) < 12 for text in numbers.values()):
        return problem(400, "GET /received takes events=1, limit=N and offset=N")
    offset = int(numbers.get("offset", 0))
    end = offset + int(numbers["limit"]) if "limit" in numbers else None
    received = sandbox.received
    counts: dict[str, Any] = {
        "count": received.count,
        "request_count": received.request_count,
        "answers": dict(sorted(received.answers.items())),
    }
    if parameters.get("events", "0") not in ("0", ""):
        return json_answer(200, {**counts, "events": received.events[offset:end]})
    return json_answer(200, {**counts, "requests": [_shown(one) for one in received.requests[offset:end]]})


def _shown(request: ReceivedRequest) -> dict[str, Any]:
    return {
        "endpoint": request.endpoint,
        "method": request.method,
        "path": request.path,
        "headers": request.headers,
        "events": request.events,
    }


def _add_faults(sandbox: Sandbox, body: bytes) -> Answer:
    try:
        sandbox.faults.add(decode(body))
    except JsonError as error:
        return problem(400, str(error))
    except SandboxError as error:
        return problem(400, str(error), help=error.help)
    return json_answer(200, sandbox.faults.as_json())
