"""What is explained is what a run does, on every case of the snapshots and on random calls, and can be checked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.app.explain import Explainer, of_field
from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import settle
from mapper.app.wiring import Wired, wire
from mapper.authoring.shipped import shipped
from mapper.cli.diagnose import locator
from mapper.engine.call import read_call
from mapper.intake.read import read_lines
from mapper.intake.sources import find_sources
from mapper.records.explanation import Explanation, inputs
from mapper.records.result import Mapped, Result
from mapper.records.spec import DestinationSpec
from mapper.render.explained import as_text
from mapper.render.explained_json import as_json
from mapper.review.cases import find_cases, read_case
from mapper.review.snapshots import shown_request
from tests.support.calls import random_calls
from tests.support.explained import check_fields
from tests.support.typical import typical_calls

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PLAIN, OTHER = "{}", '{"endpointRegion": "EU", "anonymousUsers": "send"}'
"""Settings, as JSON text."""
KINDS = {"Mapped": "request", "Skipped": "skipped", "Unmappable": "unmappable", "Invalid": "invalid"}


@cache
def project() -> Project:
    return load_project(shipped("mappings"))


def specs() -> list[DestinationSpec]:
    return project().choose(["natero", "natero-accounts"])


@cache
def wired(settings: str) -> Wired:
    return wire(
        specs(),
        settle(specs(), json.loads(settings), {}),
        describe=describer(project().documents),
        long=settings in (PLAIN, OTHER),
    )


@cache
def explainer(settings: str = PLAIN) -> Explainer:
    return Explainer(project().documents, specs(), settle(specs(), json.loads(settings), {}))


def cases() -> Iterator[tuple[str, bytes]]:
    """The settings and the call of each."""
    for file in find_cases(shipped("cases")):
        case = read_case(file.path)
        yield json.dumps(case.settings), json.dumps(case.call).encode()


def generated(seed: int, count: int) -> Iterator[bytes]:
    for calls in (random_calls(seed, count), typical_calls(seed, count)):
        yield from (json.dumps(call, ensure_ascii=False).encode() for call in calls)


def told(result: Result, settings: str) -> Any:
    """What a run makes of a call, in the terms of an explanation."""
    kind = KINDS[type(result).__name__]
    if isinstance(result, Mapped):
        return kind, result.destination, result.mapping, None, shown_request(result.request, wired(settings).targets)
    destination, mapping = getattr(result, "destination", None), getattr(result, "mapping", None)
    return kind, destination, mapping, result.reason, None


def check(raw: bytes, settings: str = PLAIN) -> list[Explanation]:
    """The explanations of a call, held against a run and against the call itself."""
    found = explainer(settings).explain(raw)
    results = wired(settings).apply([raw])
    said = [(each.outcome, each.destination, each.mapping, each.reason, each.request) for each in found]
    assert said == [told(result, settings) for result in results], raw
    call = read_call(raw, 0)
    for each in found:
        if isinstance(call, dict) and each.request is not None:
            check_fields(each, each.request["body"], call)
        if each.outcome in ("skipped", "unmappable") and each.destination:
            waits = (each.reason or "").startswith("waits for")
            assert each.place or each.fields or waits, (each.reason, raw)
    return found


def counted(lines: Iterable[tuple[str, bytes]]) -> Counter[str]:
    return Counter(each.outcome for settings, raw in lines for each in check(raw, settings))


def test_on_every_case_of_the_snapshots() -> None:
    found = counted(cases())
    assert len({settings for settings, _ in cases()}) > 5
    assert found["request"] > 400
    assert min(found["skipped"], found["unmappable"]) > 20


@pytest.mark.parametrize(("seed", "settings"), [(50, PLAIN), (51, OTHER)])
def test_on_random_calls(seed: int, settings: str) -> None:
    found = counted((settings, raw) for raw in generated(seed, 120))
    assert min(found["request"], found["skipped"], found["unmappable"]) > 20


def test_on_awkward_calls() -> None:
    (source,) = find_sources([str(EXAMPLES / "awkward.ndjson")])
    found = counted((PLAIN, line.raw) for line in read_lines(source) if line.fault is None)
    assert min(found["request"], found["skipped"]) >= 4


def test_what_is_made_of_much_names_first_what_shows() -> None:
    traits = {"company": "Acme", "seats": 12, "rows": [3, 4]}
    call = {"type": "identify", "userId": "u1", "timestamp": "2024-05-06T10:40:00Z", "traits": traits}
    (found,) = check(json.dumps(call).encode())[:1]
    first = {field.path: inputs(field.why)[0].path for field in found.fields if inputs(field.why)}
    assert first["details.custom_label_dimensions"] == "traits.company"
    assert first["details.custom_value_dimensions"] == "traits.seats"


FIELD = "details.custom_label_dimensions"


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (FIELD, FIELD),
        (f"{FIELD}[0]", FIELD),
        (f"{FIELD}[1].value", FIELD),
        (f"{FIELD}[].key", FIELD),
        ("user_id", "user_id"),
        (f"{FIELD}[2]", "no such"),
        (f"{FIELD}.key", "no such"),
        ("detail", "did you mean `details`?"),
        ("details.custom_label_dimension", f"did you mean `{FIELD}`?"),
        ("mailing_city", "did you mean `details.mailing_city`?"),
        ("body.details.phone", "did you mean `details.phone`?"),
        ("zzz", "leave out --field to see all"),
    ],
)
def test_a_field_is_found_by_any_path_into_it(wanted: str, shown: str) -> None:
    call = {"type": "identify", "userId": "u1", "timestamp": "2024-05-06T10:40:00Z", "traits": {"a": "b", "c": "d"}}
    found = explainer().explain(json.dumps(call).encode())[:1]
    try:
        [(_, fields)] = of_field(found, wanted)
    except ProjectError as error:
        assert error.help == shown or shown == "no such"
    else:
        assert [field.path for field in fields] == [shown]


@pytest.mark.parametrize(("wanted", "shown"), [(f"{FIELD}[].key", "key"), (f"{FIELD}[0].value", "value")])
def test_a_field_of_items_is_found_by_any_item(wanted: str, shown: str) -> None:
    call = {"type": "alias", "userId": "u1", "previousId": "u0", "timestamp": "2024-05-06T10:40:00Z"}
    [(_, fields)] = of_field(explainer().explain(json.dumps(call).encode())[:1], wanted)
    assert [field.path for field in fields] == [f"{FIELD}[0].{shown}"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60, 62))
def test_on_many_random_calls(seed: int) -> None:
    counted(((PLAIN, OTHER)[seed % 2], raw) for raw in generated(seed, 1_500))


def shown(found: Sequence[Explanation], width: int, *, every: bool, color: bool) -> str:
    chosen = [(each, each.fields) for each in found if each.fields] if every else None
    return as_text("a call", found, chosen, locate=locator(project().documents), color=color, width=width)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_fits_the_terminal(width: int, every: bool) -> None:
    """Places alone may be longer, for they are to be clicked on."""
    for settings, raw in list(cases())[every::19]:
        found = explainer(settings).explain(raw)
        plain = shown(found, width, every=every, color=False)
        assert re.sub(r"\x1b\[[0-9;]*m", "", shown(found, width, every=every, color=True)) == plain
        long = [line for line in plain.splitlines() if len(line) > width and "-->" not in line]
        assert long == []


def test_is_json() -> None:
    for settings, raw in list(cases())[::19]:
        found = explainer(settings).explain(raw)
        text = as_json({}, [(each, each.fields) for each in found], locate=locator(project().documents))
        assert len(json.loads(text)["results"]) == len(found)
