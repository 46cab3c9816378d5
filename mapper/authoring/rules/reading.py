"""What can be wrong before a file means anything: bytes, limits and YAML itself."""

from __future__ import annotations

from typing import Final

from mapper.authoring.rules.model import Rule

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"
_BODY: Final = "body:\n  user_id: userId\n"
_GOOD: Final = {"track.yaml": _HEAD + _BODY}

UNREADABLE: Final = Rule(
    code="MAP001",
    name="unreadable-file",
    severity="error",
    title="The file cannot be read",
    doc=(
        "Nothing stands at this path, or it is a folder, a device, or a file that you may not read. "
        "A folder whose name ends in `.yaml` counts as a mapping file and is reported too."
    ),
    bad={"pages.yaml/track.yaml": _GOOD["track.yaml"]},
    good={"track.yaml": _GOOD["track.yaml"]},
)
NOT_TEXT: Final = Rule(
    code="MAP002",
    name="not-text",
    severity="error",
    title="The file is not clean UTF-8 text",
    doc=(
        "Files are read as UTF-8. Another encoding, such as UTF-16 or Latin-1, gives other characters than you typed. "
        "Control characters (a word processor's vertical tab, a NUL, a lone carriage return, a Unicode line separator) "
        "are refused as well, since you can't see them and tools disagree on what they mean. "
        "Save the file as UTF-8; inside double quotes such a character can be written as an escape, `\\v` or `\\u2028`."
    ),
    bad={"track.yaml": _HEAD + "description: Viewed\v a product\n" + _BODY},
    good={"track.yaml": _HEAD + "description: Viewed a product\n" + _BODY},
)
TOO_LARGE: Final = Rule(
    code="MAP003",
    name="too-large",
    severity="error",
    title="The file is larger or nested deeper than the reader allows",
    doc=(
        "A file may have 1,000,000 bytes, 64 levels and 50,000 keys and values. No mapping written by hand comes "
        "near. The limits keep a file that was made to exhaust memory from doing so. "
        "Split the file, or share parts with `use`."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: userId\n  details: {$const: " + "[" * 65 + "]" * 65 + "}\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: userId\n  details: {$const: " + "[" * 5 + "]" * 5 + "}\n"},
)
EMPTY: Final = Rule(
    code="MAP004",
    name="empty-file",
    severity="error",
    title="The file holds nothing but blanks and comments",
    doc=(
        "A mapping file begins with `mapper: 1`, a sandbox.yaml with `sandbox: 1`. Delete an empty file, or move it "
        "away if it is not finished."
    ),
    bad={"track.yaml": "# to do\n"},
    good=_GOOD,
)
NOT_KEYS: Final = Rule(
    code="MAP005",
    name="not-keys",
    severity="error",
    title="The file does not consist of keys and values",
    doc=(
        "On its outermost level every file is a list of `key: value` lines. "
        "A file that is a mere text or a list is most likely no mapping at all, or lacks its first line."
    ),
    bad={"track.yaml": "- accepts: track\n- request: event\n"},
    good=_GOOD,
)
SYNTAX: Final = Rule(
    code="MAP006",
    name="not-yaml",
    severity="error",
    title="The text is not well-formed YAML",
    doc=(
        "YAML can't tell what this line means. The usual causes are a missing `:` after a key, no blank after the `:`, "
        "a list item on the line of its key, and a backslash in double quotes. Everything after this place is unread, "
        "so that more problems may show once it is mended."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id userId\n  action: event\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: userId\n  action: event\n"},
)
TAB: Final = Rule(
    code="MAP007",
    name="tab-indentation",
    severity="error",
    title="A tab stands where YAML wants spaces",
    doc=(
        "YAML counts columns, and a tab has no agreed width, so indentation is made of spaces only. "
        "Set your editor to insert spaces for the tab key in YAML files."
    ),
    bad={"track.yaml": _HEAD + "body:\n\tuser_id: userId\n"},
    good=_GOOD,
)
UNQUOTED: Final = Rule(
    code="MAP008",
    name="value-needs-quotes",
    severity="error",
    title="The value needs quotes",
    doc=(
        "In YAML a value that starts with ``! @ [ { * & % ` ' \"`` or holds `: ` or ` #` means something else than its "
        "text. JMESPath expressions often look like that. Put quotes around the whole value, or write `>-` after the "
        "key and the expression on the next line, indented, where no character is special."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: 'u' == userId\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: \"'u' == userId\"\n"},
)
UNCLOSED: Final = Rule(
    code="MAP009",
    name="unclosed",
    severity="error",
    title="A quote or bracket is opened and never closed",
    doc=(
        "The rest of the file became part of one value. The place shown is where it opens. "
        "An apostrophe inside single quotes is written twice: `'it''s'`."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: 'userId\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: 'userId'\n"},
)
DUPLICATE: Final = Rule(
    code="MAP010",
    name="duplicate-key",
    severity="error",
    title="A key stands twice in one mapping",
    doc=(
        "Most YAML readers silently keep the last one, so that half of what you wrote has no effect. "
        "Delete or rename one of the two."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: userId\n  user_id: anonymousId\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: userId\n  anonymous_id: anonymousId\n"},
)
ANCHOR: Final = Rule(
    code="MAP011",
    name="anchor",
    severity="error",
    title="Anchors, aliases and merge keys are not allowed",
    doc=(
        "`&name`, `*name` and `<<` let a small file stand for an enormous one, and make a value come from elsewhere "
        "than where it stands. Name what is shared with `let`, and put it in with `$merge`. "
        "An expression that begins with `*` or `&` needs quotes."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: &id userId\n  account_id: *id\n"},
    good={"track.yaml": _HEAD + "let:\n  who: userId\nbody:\n  user_id: who\n  account_id: who\n"},
)
TAG: Final = Rule(
    code="MAP012",
    name="tag",
    severity="error",
    title="A value starts with `!`, which is a YAML tag",
    doc=(
        "YAML reads `!userId` as the name of a type, not as an expression, and the value as empty. Files are read as "
        "data only, so tags such as `!!python/object` or `!!str` mean nothing here. "
        "Quote an expression that starts with `!`."
    ),
    bad={"track.yaml": _HEAD + "skip:\n  - when: !userId\n    because: nobody\n" + _BODY},
    good={"track.yaml": _HEAD + "skip:\n  - when: '!userId'\n    because: nobody\n" + _BODY},
)
DOCUMENTS: Final = Rule(
    code="MAP013",
    name="several-documents",
    severity="error",
    title="The file holds a directive or more than one document",
    doc=(
        "One file is one mapping. A `---` or `...` line may stand at its start or end only, and lines that start with "
        "`%` direct the YAML reader and are not allowed. Put each document into a file of its own."
    ),
    bad={"track.yaml": _HEAD + _BODY + "---\n" + _HEAD + _BODY},
    good=_GOOD,
)
KEY_NOT_TEXT: Final = Rule(
    code="MAP014",
    name="key-not-text",
    severity="error",
    title="A key is not a text",
    doc=(
        "Keys become the keys of JSON objects, hence texts. A list or a mapping can't be one. "
        "This often is a value in brackets that was meant to be quoted."
    ),
    bad={"track.yaml": _HEAD + "body:\n  [user_id]: userId\n"},
    good=_GOOD,
)
INDENTATION: Final = Rule(
    code="MAP015",
    name="indentation",
    severity="error",
    title="The line is indented like nothing above it",
    doc=(
        "The keys of one mapping start in one column, and a key that already has a value on its line can't have keys "
        "below. Line the key up with its neighbours."
    ),
    bad={"track.yaml": _HEAD + "body:\n  user_id: userId\n   action: event\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: userId\n  action: event\n"},
)

READING_RULES: Final[tuple[Rule, ...]] = (
    UNREADABLE,
    NOT_TEXT,
    TOO_LARGE,
    EMPTY,
    NOT_KEYS,
    SYNTAX,
    TAB,
    UNQUOTED,
    UNCLOSED,
    DUPLICATE,
    ANCHOR,
    TAG,
    DOCUMENTS,
    KEY_NOT_TEXT,
    INDENTATION,
)
