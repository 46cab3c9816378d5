"""Stand-ins: other values of the same shape, the same for the same value, and distinct from all others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, unquote

EMAIL: Final = re.compile(r"[^\s@,;<>\"'()]+@[^\s@,;<>\"'()/?&]+\.[^\s@,;<>\"'()/?&]+")
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?:[^/?#@]*@)?(?P<host>[^/?#:\s]*)(?P<port>:\d+)?(?P<rest>(?:[/?#].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_NO_SCHEME: Final = re.compile(r"(?P<host>[^/?#\s@]+\.[a-z]{2,})(?P<rest>[/?#].*)", re.IGNORECASE | re.DOTALL)
_HEX: Final = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{16,}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SEGMENT: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,23}(?:\.[a-z]{2,5})?")
_LETTERS: Final = ("bdfgklmnprstvz", "aeiou")
_UNCASED: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_CASED: Final = "äëïöüàèìòùáéíóúâêîôû"
_MOST_TRIES: Final = 500


class StandIns:
    """Gives stand-ins for the values of one call.

    Equal texts get equal stand-ins, wherever they stand: words within texts, domains within addresses, parameters
    within URLs. A number and its digits as text stay the same.

    Args:
        taken: What no stand-in may be: the texts of the call.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {text.lower() for text in taken}
        self._given: dict[str, str] = {}
        self._telling: frozenset[str] = frozenset()

    def remember(self) -> dict[str, str]:
        """Each word that has a stand-in by now, with it; from now on these are looked for in the paths of URLs."""
        self._telling = frozenset(word.lower() for word in self._given)
        return dict(self._given)

    def text(self, text: str) -> str:
        """Of any text: by what it looks like."""
        if EMAIL.fullmatch(text):
            return self._email(text)
        if URL.fullmatch(text):
            return self.url(text)
        if UUID.fullmatch(text):
            return self._once(text, lambda n: f"{0:08x}-0000-4000-8000-{n:012x}")
        if (address := _ip(text)) is not None:
            return self._once(text, _fake_ip(address))
        if text.startswith(("/", "?")):
            return self._rest(text)
        return "".join(self._word(part) if at % 2 == 0 else part for at, part in enumerate(re.split(r"(\s+)", text)))

    def birthday(self, text: str) -> str:
        """Of a date: another one; a time behind it stays."""
        found = _DATE.match(text)
        if not found:
            return self.text(text)
        return self._once(found[0], lambda n: f"{1950 + n % 50}-{n % 12 + 1:02}-{n % 28 + 1:02}") + text[found.end() :]

    def number(self, number: float) -> int | float:
        """Of a number: one of as many digits."""
        digits = str(abs(number)) if isinstance(number, int) else f"{abs(number):.6f}".rstrip("0")
        made = int(self._word(digits)) if isinstance(number, int) else float(self._word(digits))
        return -made if number < 0 else made

    def url(self, text: str) -> str:
        """Of a URL: another host; its path without what may be an id; its parameters with other values."""
        if found := URL.fullmatch(text):
            return f"{found['scheme']}{self._host(found['host'])}{found['port'] or ''}{self._rest(found['rest'])}"
        if found := _NO_SCHEME.fullmatch(text):
            return f"{self._host(found['host'])}{self._rest(found['rest'])}"
        return self._rest(text) if "/" in text or text.startswith("?") else self.text(text)

    def _rest(self, text: str) -> str:
        head, mark, fragment = text.partition("#")
        path, question, query = head.partition("?")
        segments = "/".join(map(self._segment, path.split("/")))
        parameters = "&".join(map(self._parameter, query.split("&")))
        return f"{segments}{question}{parameters}{mark}{self._quoted(fragment)}"

    def _segment(self, segment: str) -> str:
        plain = _SEGMENT.fullmatch(segment) and not self._knows(segment)
        return segment if not segment or plain else self._quoted(segment)

    def _knows(self, segment: str) -> bool:
        """Whether a part of it is to be looked for, as the name in ``/people/ada-lovelace`` may be."""
        return not self._telling.isdisjoint([segment.lower(), *re.split("[-_.]", segment.lower())])

    def _parameter(self, parameter: str) -> str:
        name, equals, value = parameter.partition("=")
        if not equals:
            return self._quoted(name)
        return f"{name if _SEGMENT.fullmatch(name) else self._quoted(name)}={self._quoted(value)}"

    def _quoted(self, text: str) -> str:
        plain = unquote(text.replace("+", " "))
        return quote(self.text(plain), safe="@:,;!*'()$") if plain else text

    def _email(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        return f"{self._word(local)}@{self._host(domain)}"

    def _host(self, host: str) -> str:
        if (address := _ip(host.strip("[]"))) is not None:
            return self._once(host, _fake_ip(address))
        name = host.removeprefix("www.").split(".")[0]
        return self._once(host, lambda n: f"{_shaped(name.lower() or 'host', n)}.example") if host else ""

    def _word(self, word: str) -> str:
        if _HEX.fullmatch(word):
            return self._once(word, lambda n: f"{n * 0x9E3779B97F4A7C15 % 16 ** len(word):0{len(word)}x}")
        return self._once(word, lambda n: _shaped(word, n)) if any(map(str.isalnum, word)) else word

    def _once(self, text: str, make: Callable[[int], str]) -> str:
        if text not in self._given:
            number = len(self._given) + 1
            tries = (make(number + further * 7) for further in range(_MOST_TRIES))
            free = (made for made in tries if made.lower() not in self._taken)
            made = next(free, None) or f"{make(number)}{number}"
            self._taken.add(made.lower())
            self._given[text] = made
        return self._given[text]


def _shaped(word: str, number: int) -> str:
    """A word as long, with letters, digits and capitals where the other has them, that can be spoken."""
    made = []
    for at, character in enumerate(word):
        pick = number * (at + 3) + number // 7 + at * at
        if character.isdigit():
            first = not any(map(str.isdigit, word[:at]))
            made.append(str(pick % 9 + 1) if first and character != "0" else str(pick % 10))
        elif not character.isalpha():
            made.append(character)
        elif not character.isascii():
            made.append(_foreign(character, pick))
        else:
            letters = _LETTERS[at % 2]
            letter = letters[pick % len(letters)]
            made.append(letter.upper() if character.isupper() else letter)
    return "".join(made)


def _foreign(character: str, pick: int) -> str:
    if character.lower() == character.upper():
        return _UNCASED[pick % len(_UNCASED)]
    letter = _CASED[pick % len(_CASED)]
    return letter.upper() if character.isupper() else letter


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _fake_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Callable[[int], str]:
    """Of the ranges that are kept free for examples."""
    if address.version == 4:
        return lambda n: f"192.0.2.{n % 254 + 1}" if n < 254 else f"198.51.100.{n % 254 + 1}"
    return lambda n: f"2001:db8::{n:x}"
