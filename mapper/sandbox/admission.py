"""Whether the head of a request may go on to its body: path, method, keys, content type, length."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from mapper.base.secrets import MASK
from mapper.sandbox.answers import Answer, problem
from mapper.sandbox.spec import Auth, Endpoint, SandboxSpec, placeholder

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body.

    Attributes:
        path: As sent, percent-encoding untouched, without query. May hold a real key: never shown.
        query: What stands after ``?``. Likewise.
        headers: Lower-case names; of repeated ones the last.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def length(self) -> int | None:
        """Content-Length in bytes, or None where there is none."""
        text = self.headers.get("content-length")
        return int(text) if text is not None and text.isascii() and text.isdigit() else None


def admit(spec: SandboxSpec, head: Head) -> Endpoint | Answer:
    """Give the endpoint a request is for, or the answer that refuses it. Pure; never repeats what was sent."""
    endpoint = find_endpoint(spec, head)
    if endpoint is None:
        known = ", ".join(one.masked_path for one in spec.endpoints.values())
        return problem(404, f"no such path; this sandbox takes {known}")
    if head.method != endpoint.method:
        return problem(405, f"use {endpoint.method}", headers=(("allow", endpoint.method),))
    wrong = _wrong_segment(endpoint, head, spec.settings) or _wrong_auth(endpoint.auth, head, spec.settings)
    if wrong is not None:
        challenge = (("www-authenticate", 'Basic realm="sandbox"'),) if endpoint.auth and endpoint.auth.basic else ()
        return problem(401, wrong, headers=challenge)
    return _content(endpoint, head) or endpoint


def find_endpoint(spec: SandboxSpec, head: Head) -> Endpoint | None:
    """The endpoint whose path this is, whatever stands in the place of its keys."""
    segments = tuple(head.path.split("/")[1:])
    matches = (one for one in spec.endpoints.values() if _fits(one.segments, segments))
    return min(matches, key=lambda one: sum(map(bool, map(placeholder, one.segments))), default=None)


def masked_path(spec: SandboxSpec, head: Head) -> str:
    """The path for people: only what the sandbox's own paths say literally, all else as ``***``, no query."""
    endpoint = find_endpoint(spec, head)
    if endpoint is not None:
        return endpoint.masked_path
    literal = {segment for one in spec.endpoints.values() for segment in one.segments if not placeholder(segment)}
    return "/".join(part if part in literal or not part else MASK for part in head.path.split("/")[:8])


def _fits(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return len(pattern) == len(segments) and all(
        part == want or (part and placeholder(want)) for want, part in zip(pattern, segments, strict=True)
    )


def _wrong_segment(endpoint: Endpoint, head: Head, settings: Settings) -> str | None:
    names = [name for segment in endpoint.segments if (name := placeholder(segment))]
    given = dict(zip(endpoint.segments, head.path.split("/")[1:], strict=True))
    for name in names:
        sent = given[f"{{{name}}}"]
        if sent == settings[name]:
            continue
        other = next((one for one in names if settings[one] == sent), None)
        if other is not None:
            return f"the {other} stands where the {name} belongs; the path is /{'/'.join(endpoint.segments)}"
        return f"the {name} in the path is not this sandbox's; it is named on the sandbox's first line"
    return None


def _wrong_auth(auth: Auth | None, head: Head, settings: Settings) -> str | None:
    parameters = parse_qsl(head.query, keep_blank_values=True)
    if auth is None:
        return "keys do not belong in a query; this path takes none" if head.query else None
    if auth.query is not None and parameters:
        name, setting = auth.query
        if [key for key, _ in parameters] != [name]:
            return f"the query must be {name}=... and nothing else"
        return None if parameters[0][1] == settings[setting] else f"{name} is not this sandbox's {setting}"
    if head.query:
        return "this path takes no query"
    scheme, _, credentials = head.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and auth.basic is not None:
        return _wrong_basic(auth.basic, credentials.strip(), settings)
    if scheme.lower() == "bearer" and auth.bearer is not None:
        return (
            None if credentials.strip() == settings[auth.bearer] else f"the token is not this sandbox's {auth.bearer}"
        )
    return f"no credentials; authenticate by {_ways(auth)}"


def _wrong_basic(basic: tuple[str, str], credentials: str, settings: Settings) -> str | None:
    username, setting = basic
    try:
        name, colon, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "Basic credentials are not base64 of user:password"
    if colon and (name, password) == (username, settings[setting]):
        return None
    if (name, password) == (settings[setting], username):
        return f"user and password are swapped: the user is `{username}`, the password the {setting}"
    return f"the user must be `{username}`" if name != username else f"the password is not this sandbox's {setting}"


def _ways(auth: Auth) -> str:
    ways = [
        auth.basic and f"HTTP Basic (user `{auth.basic[0]}`, password {auth.basic[1]})",
        auth.bearer and f"Bearer ({auth.bearer})",
        auth.query and f"the query ({auth.query[0]}={auth.query[1]})",
    ]
    return " or ".join(way for way in ways if way)


def _content(endpoint: Endpoint, head: Head) -> Answer | None:
    kind = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != endpoint.content_type:
        return problem(415, f"Content-Type must be {endpoint.content_type}")
    if "content-encoding" in head.headers:
        return problem(415, "no Content-Encoding is taken")
    if head.length is None:
        return problem(411, "Content-Length is missing")
    if head.length > endpoint.max_bytes:
        return problem(413, f"the body is larger than {endpoint.max_bytes} bytes")
    return None
