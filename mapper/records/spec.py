"""A destination and its mappings as the author meant them: what the YAML says, with the place of every part.

msgspec Structs, for these cost a tenth of what dataclasses cost to define, and every command waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mapper.records.diagnostic import Place
from mapper.records.policy import BatchPolicy, RatePolicy, RetryPolicy

CALL_TYPES = ("track", "page", "identify", "group", "alias", "screen", "delete")


class Expression(msgspec.Struct, frozen=True):
    """JMESPath text and where it stands."""

    text: str
    place: Place


# -- nodes: what gives a value ---------------------------------------------------------------------------------------


class Const(msgspec.Struct, frozen=True):
    """``{$const: VALUE}``, or a YAML number, boolean or null."""

    value: Any
    place: Place


class Eval(msgspec.Struct, frozen=True):
    """A bare string, or ``{$from: EXPR}``."""

    expression: Expression

    @property
    def place(self) -> Place:
        """Where the expression stands."""
        return self.expression.place


class First(msgspec.Struct, frozen=True):
    """``{$first: [NODE, ...]}``: the first that is not null."""

    nodes: tuple[Node, ...]
    place: Place


class If(msgspec.Struct, frozen=True):
    """``{$if: EXPR, $then: NODE, $else: NODE}``; without ``$else``: null."""

    condition: Expression
    then: Node
    otherwise: Node | None
    place: Place


class Take(msgspec.Struct, frozen=True):
    """``{$take: [KEY, ...]}``: the first key of the shared object whose value is usable; ``a.b`` reaches inside."""

    keys: tuple[str, ...]
    place: Place


class Refine(msgspec.Struct, frozen=True):
    """``$is``, ``$as``, ``$default``, ``$required``, ``$null`` around a node, applied in this order.

    Attributes:
        convert: Name of a conversion (``$as``); what can't be converted gives null.
        kind: Name of a type (``$is``); what is of another type gives null. ``schema``, looked at after the conversion:
            what the field's schema takes.
        default: Stands in for null.
        required: Reason why the call is unmappable where the value is null.
        keep_null: Send null instead of leaving the field out.
        schema: The field's own part of the request's schema, for ``$is: schema``.
    """

    node: Node
    place: Place
    convert: str | None = None
    kind: str | None = None
    schema: Mapping[str, Any] | None = None
    default: Node | None = None
    required: str | None = None
    keep_null: bool = False


class ListOf(msgspec.Struct, frozen=True):
    """A YAML list: a list of values; null items are left out."""

    items: tuple[Node, ...]
    place: Place


class Share(msgspec.Struct, frozen=True):
    """``$share``: an object dealt out among the fields beside it.

    Attributes:
        source: Gives the object; anything else counts as ``{}``.
        spell: Spellings in which a taken key is looked up, in order (``camelCase``, ``snake_case``); empty: as written.
        named: Fields that bear the key's own name, as ``Refine(Take)`` nodes, in order.
    """

    source: Expression
    spell: tuple[str, ...]
    named: tuple[tuple[str, Node], ...]
    place: Place


class ObjectOf(msgspec.Struct, frozen=True):
    """A YAML mapping: an object. Fields that are null are left out; with no field left it is null itself.

    Evaluated in the order: `merge`, `share` with `fields`, `rest`. Later wins; a null field leaves the merged value.
    """

    fields: tuple[tuple[str, Node], ...]
    place: Place
    merge: tuple[Node, ...] = ()
    share: Share | None = None
    rest: Node | None = None


Node = Const | Eval | First | If | Take | Refine | ListOf | ObjectOf


# -- rules and requests ------------------------------------------------------------------------------------------------


class Guard(msgspec.Struct, frozen=True):
    """One entry of ``skip`` or ``reject``: where `when` is true, the call goes no further, `because` of this."""

    when: Expression
    because: str
    verdict: Literal["skip", "reject"]


class Let(msgspec.Struct, frozen=True):
    """A name for a value: lazy, evaluated at most once a call."""

    name: str
    node: Node
    place: Place


class OutcomeRule(msgspec.Struct, frozen=True):
    """One entry of ``outcomes``, over ``{status, headers, body}``.

    Attributes:
        when: The rule applies where this is true.
        ruling: For all events that `exceptions` does not name.
        because: Reason text (an expression over the same), or None.
        exceptions: Gives ``[{index, is, because}]``, or None.
    """

    when: Expression
    ruling: str
    because: Expression | None
    exceptions: Expression | None
    place: Place


class RequestSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request. All expressions but `order_by` see ``settings`` only."""

    name: str
    place: Place
    method: str
    base: Expression
    path: Expression
    headers: Mapping[str, Node]
    auth: Mapping[str, Node]
    """``username`` and ``password`` for Basic, ``token`` for Bearer, empty for none."""
    batch: BatchPolicy
    schema: Mapping[str, Any] | None
    """JSON Schema of one event with every reference resolved, or None."""
    schema_file: str | None
    order_by: Expression | None
    outcomes: tuple[OutcomeRule, ...]
    rate: RatePolicy | None = None
    retry: RetryPolicy = RetryPolicy()


class MappingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping file: one rule."""

    name: str
    file: str
    place: Place
    accepts: tuple[str, ...]
    request: str
    body: Node
    description: str = ""
    lets: tuple[Let, ...] = ()
    guards: tuple[Guard, ...] = ()
    after: str | None = None


class SettingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One setting; `schema` is what the file says of it, less the keys that are ours."""

    name: str
    schema: Mapping[str, Any]
    place: Place
    required: bool = False
    secret: bool = False
    default: Any = None
    description: str = ""


class DestinationSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping set: destination.yaml, the files it uses and its mappings.

    Attributes:
        id: Prefix of its settings' environment variables, and the name the ledger counts under.
        folder: Where the set lies.
        integration: Its name in Segment's integrations object.
        order_key: The key that holds across the requests named in `ordered_requests`.
        mappings: In order of their names.
    """

    id: str
    folder: str
    file: str
    integration: str
    accepts: tuple[str, ...]
    place: Place
    enabled: bool = True
    description: str = ""
    settings: tuple[SettingSpec, ...] = ()
    lets: tuple[Let, ...] = ()
    guards: tuple[Guard, ...] = ()
    requests: Mapping[str, RequestSpec] = {}
    order_key: Expression | None = None
    ordered_requests: tuple[str, ...] = ()
    mappings: tuple[MappingSpec, ...] = ()
