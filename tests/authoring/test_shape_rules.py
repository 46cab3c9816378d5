"""Each rule of the shape stage shows in its bad example and not in its good one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.shape import SHAPE_RULES
from mapper.authoring.shape import Kind, check_shape
from tests.support.documents import parse_document


def codes(files: Mapping[str, str]) -> list[str]:
    found = []
    for name, text in {**MINIMAL, **files}.items():
        document, problems = parse_document(text.encode(), file=name)
        assert document is not None
        kind: Kind = "destination" if name == "destination.yaml" else "mapping"
        found += [diagnostic.code for diagnostic in (*problems, *check_shape(document, kind))]
    return found


def test_the_minimal_set_is_right() -> None:
    assert codes({}) == []


@pytest.mark.parametrize("rule", SHAPE_RULES, ids=lambda rule: rule.code)
def test_the_bad_example_shows_this_rule_alone(rule: Rule) -> None:
    assert codes(rule.bad) == [rule.code]


@pytest.mark.parametrize("rule", SHAPE_RULES, ids=lambda rule: rule.code)
def test_the_good_example_shows_nothing(rule: Rule) -> None:
    assert codes(rule.good) == []
    assert rule.bad.keys() == rule.good.keys()


def test_codes_and_names_are_unique() -> None:
    assert [rule.code for rule in SHAPE_RULES] == [f"MAP{number}" for number in range(101, 101 + len(SHAPE_RULES))]
    assert len({rule.name for rule in SHAPE_RULES}) == len(SHAPE_RULES)
