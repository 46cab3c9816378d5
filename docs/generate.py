"""Write the pages made from the code: functions, the references of language and sandbox, a page for each diagnostic.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name each page that is stale, missing or orphaned
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from mapper.authoring.load import load_set
from mapper.authoring.offsets import locate
from mapper.authoring.rules import RULES
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.source import split_lines
from mapper.expressions.functions import FUNCTIONS, Function
from mapper.render.cells import visible
from mapper.render.text import as_text

DOCS: Final = Path(__file__).resolve().parent
SCHEMAS: Final = DOCS.parent / "schemas"
_MADE: Final = "<!-- Made by docs/generate.py; `make docs` writes it again. -->\n\n"
_WIDTH: Final = 80
_GROUPS: Final = {
    "choice": "Choosing a value",
    "ids": "Identifiers",
    "dates": "Dates and times",
    "text": "Text",
    "objects": "Objects",
    "arrays": "Arrays",
    "standard": "Standard JMESPath",
}
_HOME: Final = ("node", "destination")
"""Where a schema of the language that names no file has its definitions: nodes, or else requests and settings."""
_Schema = Mapping[str, Any]


def pages() -> dict[str, str]:
    """Every generated page: its path below docs/, and its text."""
    made = {"functions.md": _functions(), "language.md": _language(), "sandbox.md": _sandbox()}
    made["diagnostics/README.md"] = _index()
    made |= {f"diagnostics/{rule.code}.md": _diagnostic(rule) for rule in RULES}
    return {path: _MADE + text for path, text in made.items()}


def problems(folder: Path = DOCS) -> list[str]:
    """What is wrong with the pages in `folder`, one line each; empty where all are fresh."""
    made = pages()
    found = []
    for path, text in made.items():
        file = folder / path
        if not file.is_file():
            found.append(f"missing: {path}")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"stale: {path}")
    return found + [f"orphaned: {path}" for path in _orphans(folder, made)]


def write(folder: Path = DOCS) -> None:
    """Write every page, and delete those of rules that are gone."""
    made = pages()
    for path in _orphans(folder, made):
        (folder / path).unlink()
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _orphans(folder: Path, made: Mapping[str, str]) -> list[str]:
    on_disk = (f"diagnostics/{path.name}" for path in sorted((folder / "diagnostics").glob("*.md")))
    return [path for path in on_disk if path not in made]


# Functions


def _functions() -> str:
    ordered = sorted(FUNCTIONS.values(), key=lambda function: list(_GROUPS).index(function.group))
    parts = [
        "# Functions",
        "Expressions may call these beside JMESPath's operators. Ours give null for null or for a value they can't use;"
        " a standard function that is given the wrong type makes the call unmappable, with file, line and column."
        " `mapper functions NAME` shows one in the terminal, and `mapper eval` tries it.",
    ]
    for group, members in groupby(ordered, key=lambda function: function.group):
        parts.append(f"## {_GROUPS[group]}")
        parts += [_function(function) for function in sorted(members, key=lambda function: function.name)]
    return "\n\n".join(parts) + "\n"


def _function(function: Function) -> str:
    examples = [
        f"- {_code(example.expression)} on {_code(_json(example.given))} gives {_code(_json(example.gives))}"
        for example in function.examples
    ]
    return "\n\n".join((f"### {function.name}", _code(function.signature), function.doc, "\n".join(examples)))


# The language


def _language() -> str:
    node = _schema("node")["$defs"]
    destination = _schema("destination")
    parts = [_introduction("language"), "## Reference", "Every key, from the schemas that editors use."]
    for title, schema in (
        ("destination.yaml", destination),
        ("A setting", destination["$defs"]["setting"]),
        ("request_defaults", destination["properties"]["request_defaults"]),
        ("A request", destination["$defs"]["request"]),
        ("auth", destination["$defs"]["auth"]),
        ("batch", destination["$defs"]["batch"]),
        ("rate", destination["$defs"]["rate"]),
        ("retry", destination["$defs"]["retry"]),
        ("An outcome", destination["$defs"]["outcome"]),
        ("order", destination["properties"]["order"]),
        ("Mapping files", _schema("mapping")),
        ("Files of shared names", _schema("let")),
        ("skip and reject", node["guard"]),
    ):
        parts += _keys(title, schema)
    parts += ["### Operators", *(_key(name, node[name], "") for name in node if name.startswith("$"))]
    parts += ["### Conversions", "What `$as` and `$named` may name. What can't be converted counts as null."]
    parts.append(_words(node["conversion"]))
    parts += ["### Functions", "Stand on [a page of their own](functions.md)."]
    return "\n\n".join(parts) + "\n"


# The sandbox


def _sandbox() -> str:
    schema = _schema("sandbox")
    defined = schema["$defs"]
    endpoint = defined["endpoint"]["properties"]
    parts = [_introduction("sandbox"), "## Reference", "Every key of `sandbox.yaml`, from the schema that editors use."]
    for title, each in (
        ("sandbox.yaml", schema),
        ("An endpoint", defined["endpoint"]),
        ("Ways to authenticate", endpoint["auth"]),
        ("A check", defined["check"]),
        ("Answers", endpoint["answers"]),
        ("An answer", defined["answer"]),
        ("A fault", defined["fault"]),
    ):
        parts += _keys(title, each, home=("sandbox",))
    return "\n\n".join(parts) + "\n"


# Keys of a schema


def _introduction(name: str) -> str:
    text = (DOCS / f"{name}-intro.md").read_text(encoding="utf-8")
    return text[text.index("# ") :].rstrip()


def _keys(title: str, schema: _Schema, home: Sequence[str] = _HOME) -> Iterator[str]:
    yield f"### {title}"
    if "description" in schema:
        yield schema["description"]
    required = schema.get("required", ())
    for name, each in schema["properties"].items():
        yield _key(name, each, "required" if name in required else "", home)


def _key(name: str, schema: _Schema, note: str, home: Sequence[str] = _HOME) -> str:
    whole = _resolved(schema, home)
    if "default" in whole and whole["default"] is not None and not note:
        note = f"default {_code(_json(whole['default']))}"
    title = whole.get("title", "")
    texts = (f"*{title}.*" if title.lower() not in ("", name) else "", whole.get("description", ""))
    heading = " ".join((f"**`{name}`**", f"({note})" if note else "", *texts))
    examples = [_code(one if isinstance(one, str) else _json(one)) for one in whole.get("examples", ())]
    words = _words(whole) if "enumDescriptions" in whole else ""
    shown = f"Example{'s' * (len(examples) > 1)}: {', '.join(examples)}" if examples else ""
    return "\n\n".join(part for part in (" ".join(heading.split()), words, shown) if part)


def _words(schema: _Schema) -> str:
    described = zip(schema["enum"], schema["enumDescriptions"], strict=True)
    return "\n".join(f"- `{word}`: {meaning}" for word, meaning in described)


def _resolved(schema: _Schema, home: Sequence[str]) -> dict[str, Any]:
    """The schema with what its reference leads to, its own keywords first; `home` are the files it may stand in."""
    reference = schema.get("$ref")
    if reference is None:
        return dict(schema)
    file, _, pointer = reference.partition("#/$defs/")
    stem = file.removesuffix(".schema.json")
    defined = [_schema(each)["$defs"] for each in ([stem] if stem else home)]
    target = next(each[pointer] for each in defined if pointer in each)
    return {**_resolved(target, home), **schema}


def _schema(stem: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{stem}.schema.json").read_text(encoding="utf-8"))
    return loaded


# Diagnostics


def _index() -> str:
    rows = [f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity} | {rule.title} |" for rule in RULES]
    return (
        "# Diagnostics\n\nWhat `mapper validate` can find. `mapper rules CODE` shows one in the terminal.\n\n"
        "| code | name | severity | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _diagnostic(rule: Rule) -> str:
    parts = [f"# {rule.code}: {rule.title}", f"`{rule.name}`, {rule.severity}", rule.doc.strip(), "## Wrong"]
    parts += [_file(name, text) for name, text in rule.bad.items()]
    parts += ["`mapper validate` says:", f"```text\n{output(rule)}```", "## Right"]
    parts += [_file(name, text) for name, text in rule.good.items()]
    return "\n\n".join(parts) + "\n"


def _file(name: str, text: str) -> str:
    shown = "\n".join(visible(line) for line in text.rstrip("\n").split("\n"))
    return f"`{name}`\n\n```{name.rpartition('.')[2].replace('yml', 'yaml')}\n{shown}\n```"


def output(rule: Rule) -> str:
    """What the validator prints for the rule's wrong example."""
    with tempfile.TemporaryDirectory() as folder:
        # A wrong example with another suffix stands in place of the file, not beside it.
        replaced = {name for name in MINIMAL for bad in rule.bad if Path(bad).with_suffix(".yaml") == Path(name)}
        kept = {name: text for name, text in MINIMAL.items() if name not in replaced}
        for name, text in {**kept, **rule.bad}.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        loaded = load_set(Path(folder), shown=".", sandbox=True)

    def lines(file: str) -> Sequence[str]:
        return split_lines(loaded.documents[file].text) if file in loaded.documents else split_lines(_text(rule, file))

    found = loaded.diagnostics
    return as_text(found, locate=lambda place: locate(place, loaded.documents), source=lines, color=False, width=_WIDTH)


def _text(rule: Rule, file: str) -> str:
    return rule.bad.get(file, MINIMAL.get(file, ""))


# Shared


def _code(text: str) -> str:
    """Inline code, whatever backticks the text holds."""
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text} ``"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them; 0, or 1 where the check fails."""
    if "--check" not in arguments:
        write()
        return 0
    found = problems()
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    if found:
        sys.stderr.write("run `make docs` to write them again\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
