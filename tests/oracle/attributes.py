"""Attributes of users and accounts as the oracle finds them: natero-api sections 3, 4 and 6."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set
from typing import Any, Final, NamedTuple

from tests.oracle.dimensions import add_dimensions, flatten, number_text
from tests.oracle.times import to_epoch_ms

_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_LONGEST_INTEGER: Final = 4000
"""Digits; Python refuses to read integers a little longer than this."""

_NONE: Final[frozenset[str]] = frozenset()

Convert = Callable[[Any], Any]
"""What an attribute makes of a trait's value; None where the value does not fit it."""


class Source(NamedTuple):
    """One place an attribute may come from: a trait, or a key inside a trait that is an object."""

    trait: str
    inner: str | None
    convert: Convert


Rule = tuple[str, int, Convert]
"""What a trait may supply: the attribute, the trait's rank among its sources (the least wins), the conversion."""


class Table:
    """The attributes of one kind of thing, looked up by the trait that may supply them.

    Attributes:
        direct: By trait, what it may supply as it stands.
        inside: By trait, then by key of the object it holds, what that key may supply.
    """

    def __init__(self, sources: dict[str, tuple[Source, ...]]) -> None:
        self.direct: dict[str, list[Rule]] = {}
        self.inside: dict[str, dict[str, list[Rule]]] = {}
        for attribute, candidates in sources.items():
            for rank, (trait, inner, convert) in enumerate(candidates):
                rules = self.direct if inner is None else self.inside.setdefault(trait, {})
                rules.setdefault(inner or trait, []).append((attribute, rank, convert))


def take(traits: dict[str, Any], table: Table) -> dict[str, Any]:
    """The details that traits make: the attributes they supply, and what supplied none as custom dimensions."""
    details: dict[str, Any] = {}
    ranks: dict[str, int] = {}
    suppliers: dict[str, str] = {}
    direct = table.direct
    nested = False
    for trait, value in traits.items():
        if trait in direct:
            for attribute, rank, convert in direct[trait]:
                if (attribute not in ranks or rank < ranks[attribute]) and (fit := convert(value)) is not None:
                    details[attribute] = fit
                    ranks[attribute] = rank
                    suppliers[attribute] = trait
        if type(value) is dict:
            nested = True
    used: Set[str] = set(suppliers.values())
    if nested:
        for trait, rules in table.inside.items():
            if type(fields := traits.get(trait)) is dict:
                inner = _take_inside(fields, rules, details, ranks, suppliers)
                used = set(suppliers.values())
                traits = {**traits, trait: {key: value for key, value in fields.items() if key not in inner}}
        traits = flatten(traits, used)
        used = _NONE
    add_dimensions(details, traits, used)
    return details


def _take_inside(
    fields: dict[str, Any],
    rules: dict[str, list[Rule]],
    details: dict[str, Any],
    ranks: dict[str, int],
    suppliers: dict[str, str],
) -> set[str]:
    """Let the keys of one object supply what is missing or came from a source of higher rank; the keys that did."""
    inner_suppliers: dict[str, str] = {}
    for key, value in fields.items():
        for attribute, rank, convert in rules.get(key, ()):
            if (attribute not in ranks or rank < ranks[attribute]) and (fit := convert(value)) is not None:
                details[attribute] = fit
                ranks[attribute] = rank
                suppliers.pop(attribute, None)
                inner_suppliers[attribute] = key
    return set(inner_suppliers.values())


def text(value: Any) -> str | None:
    """Text that is not blank, as it came; a number as its text."""
    if type(value) is str:
        return value if value and not value.isspace() else None
    if type(value) is int or (type(value) is float and value - value == 0):
        return number_text(value)
    return None


def only_text(value: Any) -> str | None:
    """Text that is not blank, as it came."""
    return value if type(value) is str and value and not value.isspace() else None


def _boolean(value: Any) -> bool | None:
    if type(value) is bool:
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if type(value) is str else None


def _number(value: Any) -> int | float | None:
    if type(value) is str:
        plain = value.strip().removeprefix("$")
        if not _DECIMAL.fullmatch(plain):
            return None
        if "." not in plain:
            return int(plain) if len(plain) < _LONGEST_INTEGER else None
        value = float(plain)
    return value if type(value) is int or (type(value) is float and value - value == 0) else None


def _first_word(value: Any) -> str | None:
    words = value.split(None, 1) if type(value) is str else []
    return words[0] if words else None


def _other_words(value: Any) -> str | None:
    words = value.split(None, 1) if type(value) is str else []
    return words[1].rstrip() if len(words) == 2 else None


def _is_text(value: Any) -> bool:
    return type(value) is str and value != ""


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; a boolean is none."""
    return type(value) is int or (type(value) is float and value - value == 0)


def _is_moment(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _whole(value: Any) -> Any:
    return int(value) if type(value) is float and value.is_integer() else value


def _array_of(**fields: Callable[[Any], bool]) -> Convert:
    """Arrays of objects that hold nothing but some of these fields, each as the vendor types it."""

    def fit(value: Any) -> Any:
        if type(value) is not list or not value:
            return None
        for item in value:
            if type(item) is not dict or not item:
                return None
            if not all(key in fields and fields[key](inner) for key, inner in item.items()):
                return None
        return [{key: _whole(inner) for key, inner in item.items()} for item in value]

    return fit


def _camel(snake: str) -> str:
    first, *others = snake.split("_")
    return first + "".join(word.capitalize() for word in others)


def _named(names: Iterable[str], convert: Convert) -> tuple[Source, ...]:
    """Sources for traits of these names, each in camelCase first, then in snake_case."""
    return tuple(Source(trait, None, convert) for name in names for trait in dict.fromkeys((_camel(name), name)))


def _own(names: str, convert: Convert) -> dict[str, tuple[Source, ...]]:
    return {name: _named([name], convert) for name in names.split()}


def _inside_address(prefix: str) -> dict[str, tuple[Source, ...]]:
    """The five parts of a postal address, from a trait of their own or from ``address``."""
    keys = {
        "street": ["street"],
        "city": ["city"],
        "state": ["state"],
        "postal_code": ["postalCode", "postal_code", "zip"],
        "country": ["country"],
    }
    parts = {
        f"{prefix}_{part}": _named([f"{prefix}_{part}"], text) + tuple(Source("address", key, text) for key in inner)
        for part, inner in keys.items()
    }
    parts[f"{prefix}_street"] += (Source("address", None, only_text),)
    return parts


USER: Final = Table(
    {
        "first_name": (*_named(["first_name"], text), Source("name", None, _first_word)),
        "last_name": (*_named(["last_name"], text), Source("name", None, _other_words)),
        "title": _named(["title", "position", "job_title"], text),
        **_own("email phone mobile_phone salutation role department source lead_source contact_user_id", text),
        **_inside_address("mailing"),
        "product_join_date": _named(["product_join_date", "created_at", "created"], to_epoch_ms),
        **_own("is_active", _boolean),
    }
)

ACCOUNT: Final = Table(
    {
        **_own("name billing_account_id support_account_id crm_account_id parent_account_id phone website", text),
        **_own("description industry sales_rep_name sales_rep_email source stage state inactive_reason", text),
        **_own("hierarchy_label latest_status_title latest_status_details", text),
        "tier": _named(["tier", "plan"], text),
        **_inside_address("billing"),
        **_own("employees csm_score current_nps_score current_mrr", _number),
        "join_date": _named(["join_date", "created_at", "created"], to_epoch_ms),
        **_own("renewal_date inactive_time latest_status_date", to_epoch_ms),
        **_own("is_deleted is_churned", _boolean),
        **_own("assigned_csms", _array_of(email=_is_text)),
        **_own("documents", _array_of(name=_is_text, url=_is_text, description=_is_text)),
        **_own("stage_history", _array_of(name=_is_text, start_date=_is_moment, end_date=_is_moment)),
        **_own(
            "nps_history",
            _array_of(nps_score=is_number, date=_is_moment, username=_is_text, survey_name=_is_text, comments=_is_text),
        ),
    }
)
