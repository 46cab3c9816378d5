"""What types say of expressions: each line is an expression of a track mapping and the codes it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from tests.support.language import destination, lay

HEAD = "mapper: 1\naccepts: track\nrequest: event\n"
SETTINGS = "settings:\n  region: {enum: [US, EU], default: US}\n"
NOTHING = [
    "if(type == 'track', event)", "event == 'Track'", "userId == `5`", "settings.region == 'EU'", "context.page.url",
    "context.custom.url", "context.groupId", "context.traits.anything", "properties.order_id",
    "properties.orderId", "properties.anything.at.all", "properties.products[0].sku", "properties.revenue || 'none'",
    "not_null(event, 'none')", "event || 'none'", "contains(event, 'a') || `false`", "!(properties.a)",
    "length(to_string(event)) > `3`", "split(event, '/')[0]", "to_boolean(properties.a) == `true`",
    "if(contains(event, 'a') || contains(event, 'b'), event)", "type(properties) != 'object' && 'junk'",
    "properties.products[?price > `3`].sku", "sort_by(properties.products, &price)", "id(userId, anonymousId)",
    "settings.region == 'US' && event", "format('{} {}', event, `3`)", "merge(object(properties), object(context))",
]  # fmt: skip
DOUBTFUL = {
    "context.pages.url": "MAP211",
    "context.page.urll": "MAP211",
    "context.useragent": "MAP211",
    "context.page.url.host": "MAP211",
    "userId.value": "MAP211",
    "not_null(event, timestamp.date)": "MAP211",
    "properties.revenu": "MAP212",
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
    "if(length(event), event)": "MAP215",
    "if(`null`, event)": "MAP215",
    "properties.products[?'sku']": "MAP215",
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
        ("let:\n  n: length(event)\nskip:\n  - {when: n, because: x}\n", "MAP215"),
        ("let:\n  n: event\n", "MAP313"),
        ("let:\n  n: n2\n  n2: event\n", "MAP313"),
    ],
)
def test_in_guards_and_through_names(more: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, HEAD + more + "body:\n  x: event\n") == [code]


def test_names_of_the_destination_are_used_by_any_mapping(tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination("let:\n  a: userId\n  b: event\n").replace(
            ", page, identify, group, alias", ""
        ),
        "t.yaml": HEAD + "body:\n  x: a\n",
    }
    (found,) = load_set(lay(tmp_path, files)).diagnostics
    assert (found.code, found.message) == ("MAP313", "nothing uses `b`")
