"""What types say of expressions: each line is an expression of a track mapping and the codes it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from tests.support.language import REQUESTS, destination, lay

HEAD = "mapper: 1\naccepts: track\nrequest: event\n"
SETTINGS = "settings:\n  region: {enum: [US, EU], default: US}\n"
NOTHING = [
    "event == 'Track'", "settings.region == 'EU'", "context.page.url",
    "context.custom.url", "context.groupId", "context.traits.anything", "properties.order_id",
    "properties.orderId", "properties.anything.at.all", "properties.products[0].sku", "properties.revenue || 'none'",
    "not_null(event, 'none')", "event || 'none'", "contains(event, 'a') || `false`", "!(properties.a)",
    "length(to_string(event)) > `3`", "split(event, '/')[0]", "to_boolean(properties.a) == `true`",
    "if(contains(event, 'a') || contains(event, 'b'), event)", "type(properties) != 'object' && 'junk'",
    "properties.products[?price > `3`].sku", "sort_by(properties.products, &price)", "id(userId, anonymousId)",
    "if(to_boolean(properties.a) || event, event)", "properties.a && properties.a != `null` && event",
    "entries(properties)[?value > `3`].key", "entries(properties)[0].value.anything", "split(event, '/')[-1]",
    "if(type(properties.a) == 'string', length(properties.a), properties.a)", "{a: event}.a",
    "properties.products[].sku", "type(properties.a) == 'string' && properties.a || 'x'",
    "group_by(properties.products, &sku).x[0].y",
    "max_by(properties.products, &price).sku", "properties.*.name", "merge({a: event}, object(properties)).c",
    "if(type(properties) == 'object' || type(properties) == 'array', length(properties))",
    "if(properties.a == 'x', 'y', if(properties.a == 'z', event))", "properties.products[?sku && sku != 'x'].sku",
    "if(type(properties.a) != 'string' && type(properties.a) != 'number', event)",
    "only(properties.a, 'string') || 'x'",
    "properties == `[]`", "context.page.url == ''", "format('{{{}}}', event)", "format(properties.a, event)",
    "if(id(userId), 'a', if(id(anonymousId), 'b'))", "userId == anonymousId", "context.active == `false`",
    "settings.region == 'US' && event", "format('{} {}', event, `3`)", "merge(object(properties), object(context))",
]  # fmt: skip
DOUBTFUL = {
    "context.pages.url": "MAP211",
    "context.page.urll": "MAP211",
    "context.useragent": "MAP211",
    "context.page.url.host": "MAP211",
    "userId.value": "MAP211",
    "upper(event).x": "MAP211",
    "upper(event)[0]": "MAP211",
    "split(event, '/').first": "MAP211",
    "split(event, '/')[0].length": "MAP211",
    "entries(properties)[?vale > `3`].key": "MAP211",
    "entries(properties)[*].{k: ky}": "MAP211",
    "sort_by(entries(properties), &name)[0]": "MAP211",
    "group_by(entries(properties), &if(value, 'full', 'empty')).fulll": "MAP211",
    "{a: event}.b": "MAP211",
    "merge({a: event}, {b: userId}).c": "MAP211",
    "settings.region.name": "MAP211",
    "if(event, `null`)": "MAP211",
    "not_null(event, timestamp.date)": "MAP211",
    "properties.revenu": "MAP212",
    "context.traits.nmae": "MAP212",
    "context.page.ptah": "MAP211",
    "upper(properties.curency)": "MAP212",
    "if(type == 'Track', event)": "MAP213",
    "if(type != 'page', event)": "MAP213",
    "if(settings.region == 'UE', event)": "MAP213",
    "if(length(event) == '3', event)": "MAP213",
    "if(to_boolean(properties.a) == 'true', event)": "MAP213",
    "if(type(properties) == 'dict', event)": "MAP213",
    "if(contains(event, 'a') > `1`, event)": "MAP213",
    "split(event, `1`)": "MAP214",
    "starts_with(`5`, 'a')": "MAP214",
    "length(`5`)": "MAP214",
    "join(',', 'a')": "MAP214",
    "sum(upper(event))": "MAP214",
    "if('no', event)": "MAP215",
    "if(type == 'track', event)": "MAP215",
    "if(type != 'track', event)": "MAP215",
    "if(length(event), event)": "MAP215",
    "if(`null`, event)": "MAP215",
    "properties.products[?'sku']": "MAP215",
    "if(event != 'a' || event != 'b', event)": "MAP215",
    "if(type(properties) != 'object' || type(properties) != 'null', event)": "MAP215",
    "if(properties.a == 'x', if(properties.a == 'y', event))": "MAP215",
    "if(type(properties.a) == 'string', event, if(type(properties.a) == 'string', userId))": "MAP215",
    "properties.products[?sku == 'x' && sku == 'y'].sku": "MAP215",
    "if(length(event) > 'x', event)": "MAP213",
    "userId == `5`": "MAP222",
    "if(properties == 'object', event)": "MAP222",
    "if(timestamp > `1700000000`, event)": "MAP222",
    "format('{} of {}', event)": "MAP220",
    "format('{event}', event)": "MAP220",
    "format('{{}} {}', event, userId)": "MAP220",
    "id(userId, anonymousId, userId)": "MAP221",
    "event || userId || event": "MAP221",
    "if(event == event, 'x')": "MAP221",
    "if(id(userId), 'a', if(id(anonymousId), 'b', if(id(userId), 'c')))": "MAP221",
    "event || 'none' || userId": "MAP216",
    "not_null('none', event)": "MAP216",
    "'none' || event": "MAP216",
    "`null` || event": "MAP216",
    "`null` && event": "MAP216",
    "to_boolean(properties.a) || 'unknown'": "MAP217",
    "contains(event, 'a') || event": "MAP217",
}


def codes(folder: Path, text: str) -> list[str]:
    files = {"destination.yaml": destination(SETTINGS).replace(", page, identify, group, alias", ""), "t.yaml": text}
    return [found.code for found in load_set(lay(folder, files)).diagnostics]


@pytest.mark.parametrize(
    ("condition", "help_"),
    [
        ("length(event) == '3'", "write `3` in backticks: in quotes it is a text"),
        ("to_boolean(properties.a) == 'true'", "write `true` in backticks: in quotes it is a text"),
        ("'3' == length(event)", "write `3` in backticks: in quotes it is a text"),
        ("trim(event) == `3`", "write '3' in quotes: in backticks it is a number"),
        ("length(event) == 'three'", None),
        ("type(properties) == 'dict'", None),
    ],
)
def test_a_constant_in_the_wrong_quotes(condition: str, help_: str | None, tmp_path: Path) -> None:
    text = f"{HEAD}body:\n  x: >-\n    if({condition}, event)\n"
    files = {"destination.yaml": destination(SETTINGS).replace(", page, identify, group, alias", ""), "t.yaml": text}
    (found,) = (one for one in load_set(lay(tmp_path, files)).diagnostics if one.code == "MAP213")
    assert found.help == help_


@pytest.mark.parametrize("expression", NOTHING)
def test_nothing_is_found(expression: str, tmp_path: Path) -> None:
    assert codes(tmp_path, HEAD + "body:\n  x: >-\n    " + expression + "\n") == []


@pytest.mark.parametrize(("expression", "code"), DOUBTFUL.items())
def test_something_is_found(expression: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, HEAD + "body:\n  x: >-\n    " + expression + "\n") == [code]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("skip:\n  - {when: \"type == 'Track'\", because: x}\n", "MAP213"),
        ("skip:\n  - {when: \"'a'\", because: x}\n", "MAP215"),
        ("let:\n  kind: type\nskip:\n  - {when: \"kind == 'Track'\", because: x}\n", "MAP213"),
        ("let:\n  n: {a: event, b: userId}\nskip:\n  - {when: n.c, because: x}\n", "MAP211"),
        ("let:\n  n: {$from: event, $as: number}\nskip:\n  - {when: \"n == '5'\", because: x}\n", "MAP213"),
        ("let:\n  n: length(event)\nskip:\n  - {when: n, because: x}\n", "MAP215"),
        ("let:\n  n: event\n", "MAP313"),
        ("let:\n  n: n2\n  n2: event\n", "MAP313"),
    ],
)
def test_in_guards_and_through_names(more: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, HEAD + more + "body:\n  x: event\n") == [code]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x: {$first: [event, properties.a, event]}", "MAP221"),
        ("x: {$first: [{$from: event, $as: string}, {$from: event, $as: string}]}", "MAP221"),
    ],
)
def test_in_nodes(line: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, f"{HEAD}body:\n  {line}\n") == [code]


@pytest.mark.parametrize(
    "line",
    [
        "x: {$first: [{$from: event, $as: string}, {$from: event, $as: first_word}]}",
        "x: {$first: [{$from: event, $default: userId}, userId]}",
        "x: {$share: properties, a: {$take: [b, c]}, d: {$take: [c, b]}}",
    ],
)
def test_nothing_in_nodes(line: str, tmp_path: Path) -> None:
    assert [code for code in codes(tmp_path, f"{HEAD}body:\n  {line}\n") if code == "MAP221"] == []


HELPS = {
    "if(properties.total > 5, event)": "JSON stands in backticks: `5`",
    "if(properties.total >= -2.5, event)": "JSON stands in backticks: `-2.5`",
    "split(event, 1)": "JSON stands in backticks: `1`",
    "if(event == “Viewed”, event)": "write straight quotes: `'text'`",
    "if(event == ‘Viewed’, event)": "write straight quotes: `'text'`",
    "event + 1": "JMESPath has no arithmetic; `format('{} {}', a, b)` puts texts together",
}


@pytest.mark.parametrize(("expression", "said"), HELPS.items())
def test_what_to_type_instead_of_another_languages_expression(expression: str, said: str, tmp_path: Path) -> None:
    files = {"destination.yaml": destination(), "t.yaml": f"{HEAD}body:\n  x: >-\n    {expression}\n"}
    assert [found.help for found in load_set(lay(tmp_path, files)).diagnostics if found.code == "MAP201"] == [said]


@pytest.mark.parametrize(("word", "written"), [("and", "&&"), ("or", "||"), ("AND", "&&")])
def test_operators_of_other_languages(word: str, written: str, tmp_path: Path) -> None:
    text = f"{HEAD}body:\n  x: if(event {word} userId, event)\n"
    files = {"destination.yaml": destination().replace(", page, identify, group, alias", ""), "t.yaml": text}
    helps = [found.help for found in load_set(lay(tmp_path, files)).diagnostics if found.code != "MAP203"]
    assert helps == [f"the operator `{word}` is written `{written}`"] * 3


def test_a_bare_word_as_a_default_is_most_often_a_text(tmp_path: Path) -> None:
    names = "let:\n  money: properties.revenue\n"
    text = f"{HEAD}{names}body:\n  a: money\n  x: {{$from: event, $default: one}}\n"
    found = next(
        found
        for found in load_set(lay(tmp_path, {"destination.yaml": destination(), "t.yaml": text})).diagnostics
        if found.code == "MAP204"
    )
    assert found.help == "did you mean `money`? For the text write `{$const: one}`, or `\"'one'\"`"


ODD = [
    ("account_id", "acount_id", True), ("account_id", "accont_id", True), ("account_id", "accountId", False),
    ("account_id", "Account_ID", False), ("account_id", "account_ids", False), ("plan", "plans", False),
    ("line_1", "line_2", False), ("rating", "dating", False), ("order_total", "order_totla", True),
]  # fmt: skip


@pytest.mark.parametrize(("often", "once", "is_found"), ODD)
def test_spellings_that_stand_alone(often: str, once: str, is_found: bool, tmp_path: Path) -> None:
    text = f"{HEAD}body:\n  x: properties.{often}\n  y: context.traits.{often}\n  z: properties.{once}\n"
    assert codes(tmp_path, text) == ["MAP223"] * is_found
    assert codes(tmp_path, text.replace(f"context.traits.{often}", "event")) == []


def test_names_of_the_destination_are_used_by_any_mapping(tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination("let:\n  a: userId\n  b: event\n").replace(
            ", page, identify, group, alias", ""
        ),
        "t.yaml": HEAD + "body:\n  x: a\n",
    }
    (found,) = load_set(lay(tmp_path, files)).diagnostics
    assert (found.code, found.message) == ("MAP313", "nothing uses `b`")


def test_a_name_that_is_used_misspelt_is_told_once(tmp_path: Path) -> None:
    names = "let:\n  money: properties.revenue\n  other: event\n"
    text = f"{HEAD}{names}body:\n  x: mony\n"
    found = load_set(lay(tmp_path, {"destination.yaml": destination(), "t.yaml": text})).diagnostics
    assert [(each.code, each.message) for each in found if each.code in ("MAP204", "MAP313")] == [
        ("MAP204", "`mony` is neither a field of track calls nor a name from `let`"),
        ("MAP313", "nothing uses `other`"),
    ]


GUARDS = {
    "!userId && !anonymousId": True,
    "!(userId || anonymousId)": True,
    "!not_null(userId, anonymousId)": True,
    "!userId": True,
    "!userId || !event": True,
    "userId == `null` && !anonymousId": False,
    "!userId && !anonymousId && !event": False,
    "!userId && event": False,
    "userId": False,
}
"""By condition of a skip: whether what it lets past has one of the two ids."""


@pytest.mark.parametrize(("guard", "is_there"), GUARDS.items())
@pytest.mark.parametrize(
    "field", ["{id: userId, other: anonymousId}", "userId || anonymousId", "{$first: [userId, anonymousId]}"]
)
def test_what_a_guard_lets_past(field: str, guard: str, is_there: bool, tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination(requests=f"{REQUESTS}    schema: s.json\n").replace(
            ", page, identify, group, alias", ""
        ),
        "s.json": '{"type": "object", "required": ["x"]}',
        "t.yaml": f"{HEAD}skip:\n  - when: >-\n      {guard}\n    because: nobody\nbody:\n  x: {field}\n",
    }
    found = [each.code for each in load_set(lay(tmp_path, files)).diagnostics]
    assert found == [] if is_there else "MAP408" in found


OUTPUTS = {
    "event": [],
    "userId": [],
    "properties.x": ["MAP407"],
    "{$from: properties.x, $as: string}": [],
    "timestamp": [],
    "to_epoch_ms(timestamp)": ["MAP406"],
    "length(event)": ["MAP406"],
    "evnt": ["MAP204"],
    "traits.name": ["MAP204"],
    "evnt || userId": ["MAP204"],
    "context.page": ["MAP406"],
    "{$null: keep, $from: event}": ["MAP407"],
    "{$null: keep, $from: event, $default: {$const: x}}": [],
    "upper(": ["MAP201"],
    "uper(event)": ["MAP202"],
    "if(uper(event), properties.x)": ["MAP202"],
    "upper()": ["MAP203"],
}
"""By what gives a field that the schema wants to be text: the codes."""


OVER_MERGED = {
    "properties.x": ["MAP407"],
    "length(event)": ["MAP406"],
    "timestamp": [],
    "{$from: length(event), $required: no event}": ["MAP406"],
}
"""By what stands over a merged field that is always there, and that the schema wants to be text: the codes."""


@pytest.mark.parametrize(("value", "expected"), OVER_MERGED.items())
def test_a_field_over_a_merged_one_is_looked_at_too(value: str, expected: list[str], tmp_path: Path) -> None:
    names = "let:\n  common: {x: {$from: event, $required: no event}}\n"
    files = {
        "destination.yaml": destination(names, requests=f"{REQUESTS}    schema: s.json\n").replace(
            ", page, identify, group, alias", ""
        ),
        "s.json": '{"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}',
        "t.yaml": f"{HEAD}body:\n  $merge: common\n  x: {value}\n",
    }
    assert [each.code for each in load_set(lay(tmp_path, files)).diagnostics] == expected


@pytest.mark.parametrize(("value", "expected"), OUTPUTS.items())
def test_types_of_the_call_flow_into_the_body(value: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination(requests=f"{REQUESTS}    schema: s.json\n").replace(
            ", page, identify, group, alias", ""
        ),
        "s.json": '{"type": "object", "properties": {"x": {"type": "string"}}}',
        "t.yaml": f"{HEAD}body:\n  x: {value}\n",
    }
    assert [each.code for each in load_set(lay(tmp_path, files)).diagnostics] == expected
