"""The mappings as one would write them with jmespath.py itself.

Expressions are compiled once, and one interpreter is reused, which is quicker than ``expression.search``. What JMESPath
can't say, such as which traits no attribute used, is left to the code written by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jmespath
import orjson
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

from tests.bench.expressions import EXPRESSIONS
from tests.oracle import attributes, natero
from tests.oracle.times import to_epoch_ms

_ANY: Final[Any] = {"types": []}
_CONTENT: Final = {"track": "properties", "page": "properties", "identify": "traits", "group": "traits"}
_NEEDED: Final = {"track": "feature", "group": "account_id"}


def _of_one(convert: Callable[[Any], Any]) -> Any:
    """A function of one argument of any type, as jmespath wants it registered."""
    return signature(_ANY)(lambda _, value: convert(value))


def _array(name: str) -> Any:
    return _of_one(attributes.ACCOUNT.direct[name][0][2])


class _Helpers(Functions):
    """What the expressions call."""

    _func_id = _of_one(natero._id)
    _func_epoch_ms = _of_one(to_epoch_ms)
    _func_text = _of_one(attributes.text)
    _func_only_text = _of_one(attributes.only_text)
    _func_trim = _of_one(lambda value: value.strip() or None if type(value) is str else None)
    _func_finite = _of_one(lambda value: value if attributes.is_number(value) else None)
    _func_number = _of_one(attributes._number)
    _func_boolean = _of_one(attributes._boolean)
    _func_first_word = _of_one(attributes._first_word)
    _func_other_words = _of_one(attributes._other_words)
    _func_csms = _array("assigned_csms")
    _func_documents = _array("documents")
    _func_stages = _array("stage_history")
    _func_scores = _array("nps_history")

    @signature(_ANY)
    def _func_person(self, call: dict[str, Any]) -> dict[str, Any]:
        """A user's traits, cached ones below them, without the one that names the account."""
        context = natero._object(call.get("context"))
        cached = natero._object(context.get("traits"))
        traits = {key: value for key, value in cached.items() if key not in ("userId", "anonymousId")}
        traits |= natero._object(call.get("traits"))
        found = natero._account(call, context)[1]
        return natero._without_account(traits, found[1]) if found else traits

    @signature(_ANY)
    def _func_organisation(self, call: dict[str, Any]) -> dict[str, Any]:
        """An account's traits, without the one that names it."""
        traits = natero._object(call.get("traits"))
        if natero._id(call.get("groupId")) is not None:
            return traits
        found = natero._account(call, natero._object(call.get("context")))[1]
        return natero._without_account(traits, found[1]) if found and found[0] == "traits" else traits

    @signature(_ANY, _ANY, _ANY)
    def _func_user(self, traits: dict[str, Any], found: dict[str, Any], user_id: Any) -> dict[str, Any] | None:
        if found["email"] is None and type(user_id) is str and natero._EMAIL.fullmatch(user_id):
            found = found | {"email": user_id}
        return _with_dimensions(found, traits, attributes.USER)

    @signature(_ANY, _ANY)
    def _func_account(self, traits: dict[str, Any], found: dict[str, Any]) -> dict[str, Any] | None:
        return _with_dimensions(found, traits, attributes.ACCOUNT)


def _with_dimensions(found: dict[str, Any], traits: dict[str, Any], table: attributes.Table) -> dict[str, Any] | None:
    """The attributes that an expression found, and what supplied none of them as custom dimensions; None for none."""
    details = {name: value for name, value in found.items() if value is not None}
    by_hand = attributes.take(traits, table)
    return details | {name: value for name, value in by_hand.items() if name.startswith("custom_")} or None


_visit: Final = TreeInterpreter(Options(custom_functions=_Helpers())).visit
_trees: Final = {kind: jmespath.compile(text).parsed for kind, text in EXPRESSIONS.items()}


def map_line(raw: bytes) -> bytes | None:
    """One call's JSON to one event's JSON, or None where the call gives no event."""
    event = map_call(orjson.loads(raw))
    return None if event is None else orjson.dumps(event)


def map_call(call: dict[str, Any]) -> dict[str, Any] | None:
    """The event of a decoded call; None where there is none."""
    kind = call.get("type")
    kind = kind.strip().lower() if type(kind) is str else ""
    if kind not in _trees or natero._ruled_out(call.get("integrations")):
        return None
    content = _CONTENT.get(kind)
    if content and natero._is_junk(call.get(content)):
        return None
    event = {name: value for name, value in _visit(_trees[kind], call).items() if value is not None}
    if not {"user_id", "created_at", _NEEDED.get(kind, "action")} <= event.keys():
        return None
    return None if kind == "alias" and _is_no_alias(event) else event


def _is_no_alias(event: dict[str, Any]) -> bool:
    [previous] = event["details"]["custom_label_dimensions"]
    return previous["value"] in (None, event["user_id"])
