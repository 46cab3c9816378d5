"""Files that no author writes: each is told what is wrong with it, at once and without a traceback."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.offsets import locate
from mapper.authoring.shipped import shipped
from tests.support.language import DESTINATION, REQUESTS, destination, lay

HEAD = "mapper: 1\naccepts: track\nrequest: event\n"
ONE = destination().replace(", page, identify, group, alias", "")
BODY = "body:\n  x: event\n"


def codes(folder: Path, text: str, *, destination: str = ONE, more: dict[str, str] | None = None) -> set[str]:
    files = {"destination.yaml": destination, "t.yaml": text, **(more or {})}
    return {found.code for found in load_set(lay(folder, files)).diagnostics}


def lets(first: str, following: str, count: int = 40) -> str:
    """Names of which each holds the one before twice or more."""
    names = "".join(f"  a{at}: {following.replace('A', f'a{at - 1}')}\n" for at in range(1, count))
    return f"let:\n  a0: {first}\n{names}"


EXPRESSIONS = {
    "long": "event || " * 2_000 + "event",
    "one long text": f"'{'x' * 9_000}'",
    "deep to the left": " && ".join(f"properties.a{at}" for at in range(200)),
    "deep in parentheses": "(" * 3_000 + "event" + ")" * 3_000,
    "deep in negations": "!" * 3_000 + "event",
    "deep in brackets": "[" * 3_000 + "event" + "]" * 3_000,
    "deep in functions": "upper(" * 300 + "event" + ")" * 300,
    "deep in JSON": "`" + "[" * 500 + "]" * 500 + "`",
    "too many parts": "[" + ",".join(["e"] * 2_500) + "]",
    "too many digits": f"properties.a[{'9' * 5_000}]",
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_beyond_the_limits(name: str, tmp_path: Path) -> None:
    assert codes(tmp_path, f"{HEAD}body:\n  x: >-\n    {EXPRESSIONS[name]}\n") == {"MAP201"}


WITHIN = {
    "97 levels": " && ".join(f"properties.a{at} != 'x'" for at in range(95)),
    "and within or": "(properties.a && (properties.b || " * 30 + "event" + "))" * 30,
    "or within and": "((" * 30 + "event" + " && properties.a) || properties.b)" * 30,
    "conditions": "if(properties.a == 'x', 'y', if(properties.b == 'z', 'y', " * 40 + "event" + "))" * 40,
    "1,500 parts": "[" + ",".join(["type"] * 1_500) + "]",
}


@pytest.mark.parametrize("name", WITHIN)
def test_an_expression_within_them_is_looked_at_in_no_time(name: str, tmp_path: Path) -> None:
    assert "MAP201" not in codes(tmp_path, f"{HEAD}body:\n  x: >-\n    {WITHIN[name]}\n")


NAMES = {
    "$first": lets("event", "{$first: [A, A, {x: A}]}"),
    "expressions": lets("event", "not_null(A, upper(A))"),
    "$merge": lets("{x: event}", "{$merge: [A, A], y: A}"),
    "$if": lets("event", "{$if: A, $then: A, $else: {x: A, y: [A, A]}}"),
}


@pytest.mark.long
@pytest.mark.parametrize("kind", NAMES)
def test_names_that_hold_each_other_twice(kind: str, tmp_path: Path) -> None:
    schema = '{"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}'
    found = codes(
        tmp_path,
        f"{HEAD}{NAMES[kind]}body: {{$merge: a39, x: a39}}\n",
        destination=ONE.replace("    body: ndjson\n", "    body: ndjson\n    schema: s.json\n"),
        more={"s.json": schema},
    )
    assert found <= {"MAP221", "MAP401", "MAP406", "MAP407", "MAP408"}


CIRCLES = {
    "names": "let:\n  a: b\n  b: a\n",
    "$first": "let:\n  a: {$first: [b, event]}\n  b: {$if: event, $then: a, $else: {x: a}}\n",
    "itself": "let:\n  a: {$first: [a, a]}\n",
    "$merge": "let:\n  a: {$merge: a, x: 1}\n",
    "expressions": "let:\n  a: upper(b)\n  b: {$from: a, $default: a}\n",
}


@pytest.mark.parametrize("kind", CIRCLES)
def test_names_that_need_themselves(kind: str, tmp_path: Path) -> None:
    assert "MAP303" in codes(tmp_path, f"{HEAD}{CIRCLES[kind]}body: {{$merge: a, x: a}}\n")


@pytest.mark.parametrize("path", ['"a\\0b.json"', f'"{"s" * 5_000}.json"', '".."', '"/dev/null"', "loop.json"])
def test_a_schema_that_is_no_file(path: str, tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to("loop.json")
    requests = REQUESTS.replace("    body: ndjson\n", f"    body: ndjson\n    schema: {path}\n")
    assert codes(tmp_path, HEAD + BODY, destination=DESTINATION + requests) >= {"MAP312"}


@pytest.mark.parametrize("path", ['"a\\0b.yaml"', '"."', '"/dev/null"', "loop.yaml", f'"{"s" * 5_000}"'])
def test_shared_names_that_are_no_file(path: str, tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert codes(tmp_path / "set", HEAD + BODY, destination=f"{ONE}use: [{path}]\n") == {"MAP305"}


def test_numbers_that_are_too_long(tmp_path: Path) -> None:
    assert codes(tmp_path, f"{HEAD}body:\n  x: {'9' * 5_000}\n") == {"MAP201"}
    assert codes(tmp_path, f"{HEAD}body:\n  x: {{$const: {'9' * 5_000}}}\n") <= {"MAP103"}


@pytest.mark.parametrize("kind", ["{a: 1}", "[{a: 1}]", "[string]", "~", "strin"])
def test_a_setting_of_no_known_type_is_used(kind: str, tmp_path: Path) -> None:
    destination = f"{ONE}settings:\n  apiKey: {{type: {kind}}}\n"
    assert codes(tmp_path, f"{HEAD}body:\n  x: upper(settings.apiKey)\n", destination=destination) == {"MAP103"}


PIECES = (
    *("", "", " ", "\n", "  ", "'", '"', "`", "[", "]", "{", "}", "(", ")", ",", ":", " : ", " #", "!", "&", "*", "|"),
    *(">", "- ", "$", "$from", "$first", "$if", "$merge", "$share", "$rest", "$take", "$as", "$const", "rest", "@"),
    *("settings.", "type", "null", "`null`", "true", "&&", "||", "==", "<", "'x'", "`1`", "0", "1e9", "\t", "é"),
    *("entries(", "if(", "not_null(", "upper(", "group_by(", "&type(", "[*]", "[?", "[]", "[0]", ".*", ".a", ": {"),
    *(": [", "let:", "skip:", "when:", "body:", "accepts:", "request:", "use:", "order:"),
)
"""What is put into files at random."""


def spoilt(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        at = rng.randrange(len(text))
        lines = text.splitlines(keepends=True)
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                lines[one], lines[other] = lines[other], lines[one]
                text = "".join(lines)
            case 1:
                text = "".join([*lines[:one], lines[other], *lines[one:]])
            case _:
                text = text[:at] + rng.choice(PIECES) + text[at + rng.choice((0, 0, 1, 1, 2, 5, 20)) :]
    return text


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_files_with_random_edits(seed: int, tmp_path: Path) -> None:
    """Whatever is wrong is told in one line and has a place."""
    rng, root = random.Random(seed), tmp_path / "mappings"
    for folder in (shipped("mappings"), Path(__file__).parent / "sensible"):
        shutil.copytree(folder, root, dirs_exist_ok=True)
    shutil.copytree(shipped("schemas"), tmp_path / "schemas")
    files = [path for path in sorted(root.glob("*/*.yaml")) if path.stem != "sandbox"]
    codes: set[str] = set()
    for _ in range(100):
        path = rng.choice(files)
        right = path.read_text("utf-8")
        path.write_text(spoilt(right, rng), "utf-8")
        users = ("natero", "crm", "hook") if path.parent.name == "shared" else (path.parent.name,)
        for loaded in (load_set(root / name, shown=name) for name in users):
            for found in loaded.diagnostics:
                codes.add(found.code)
                assert found.message.splitlines() == [found.message.rstrip(".")]
                for place in (found.primary, *(each.place for each in found.related)):
                    assert locate(place, loaded.documents).line >= 1
        path.write_text(right, "utf-8")
    assert len(codes) > 12
