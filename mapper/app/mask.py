"""Takes secrets out of text that comes from elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from mapper.base.json import JsonError, decode, encode
from mapper.base.secrets import MASK, Secret

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def masker(secrets: Iterable[Secret]) -> Callable[[str], str]:
    """A function that replaces every secret in a text by ``***``: plain, percent-encoded and base64-encoded.

    For texts such as a destination's answer, which may echo the URL. What this program itself shows is never made of
    secrets in the first place.
    """
    forms = sorted({form for secret in secrets for form in _forms(secret.reveal())}, key=len, reverse=True)

    def mask(text: str) -> str:
        for form in forms:
            text = text.replace(form, MASK)
        return text

    return mask


def mask_bytes(mask: Callable[[str], str], raw: bytes) -> bytes:
    """The same for bytes; of JSON the strings alone are masked, and all that holds no secret stays as it is written."""
    try:
        decode(raw)
    except JsonError:
        return mask(raw.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def masked(found: re.Match[bytes]) -> bytes:
        text = decode(found[0])
        shown = mask(text)
        return found[0] if shown == text else encode(shown)

    return _STRING.sub(masked, raw)


_SHORTEST: Final = 6
"""Characters that a part of a base64 text must have: a shorter one would be found everywhere."""


def _forms(text: str) -> Iterable[str]:
    if not text:
        return
    yield text
    yield quote(text, safe="")
    yield quote_plus(text)
    raw = text.encode()
    for offset in range(3):  # base64 of the secret inside a longer text, at each alignment
        encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        part = encoded[(offset * 8 + 5) // 6 : len(encoded) - (1 if (offset + len(raw)) % 3 else 0)]
        if len(part) >= _SHORTEST:
            yield part
