"""What can be wrong with the keys and values of a file, before any expression is read."""

from __future__ import annotations

from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"
_SETTINGS: Final = MINIMAL["destination.yaml"] + "settings:\n"

UNKNOWN_KEY: Final = Rule(
    code="MAP101",
    name="unknown-key",
    severity="error",
    title="A key or operator means nothing here",
    doc=(
        "The language knows no such key in this place, so it would have no effect. Most often it is misspelled, "
        "indented too far or too little, or belongs in another file. Inside a body, keys that start with `$` are "
        "operators; all others are fields of the destination and may have any name."
    ),
    bad={"track.yaml": _HEAD + "body:\n  event: {$form: event}\n"},
    good={"track.yaml": _HEAD + "body:\n  event: {$from: event}\n"},
)
MISSING_KEY: Final = Rule(
    code="MAP102",
    name="missing-key",
    severity="error",
    title="A key that must be there is missing",
    doc=(
        "Some keys can't be guessed: which calls a mapping accepts, which request it feeds, why a call is skipped. "
        "A request needs a `base`, its own or the one of `request_defaults`."
    ),
    bad={"track.yaml": _HEAD + "skip:\n  - when: '!userId'\nbody:\n  user_id: userId\n"},
    good={"track.yaml": _HEAD + "skip:\n  - when: '!userId'\n    because: no user id\nbody:\n  user_id: userId\n"},
)
WRONG_VALUE: Final = Rule(
    code="MAP103",
    name="wrong-value",
    severity="error",
    title="A value is of the wrong type, or none of those allowed",
    doc=(
        "The key is right, but its value is of another type than it takes (text, number, list, keys and values), "
        "outside its bounds, or not one of the words it knows. In YAML 1.2 only `true` and `false` are truth "
        "values; `yes`, `no`, `on` and `off` are text. A number in quotes is text, too."
    ),
    bad={"track.yaml": "mapper: 1\naccepts: trak\nrequest: event\nbody:\n  user_id: userId\n"},
    good={"track.yaml": "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"},
)
UNKNOWN_VERSION: Final = Rule(
    code="MAP104",
    name="unknown-version",
    severity="error",
    title="The file is written for another version of the mapping language",
    doc=(
        "`mapper: 1` says which version of the language the file is written in. Of another version nothing can be "
        "checked, so that no other problem of the file's shape is reported. If the number is right, install a newer "
        "mapper."
    ),
    bad={"track.yaml": "mapper: 2\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"},
    good={"track.yaml": "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"},
)
CLASH: Final = Rule(
    code="MAP105",
    name="operators-clash",
    severity="error",
    title="Keys exclude each other",
    doc=(
        "`$const`, `$from`, `$first`, `$if` and `$take` each give the whole value, so only one of them may stand in "
        "a place, beside those that refine it: `$as`, `$is`, `$default`, `$required`, `$null`. Fields of an object, "
        "`$merge` and `$share` make an object and can't stand beside them. Put an operator below the field whose "
        "value it gives. Likewise a request has one kind of `auth`."
    ),
    bad={"track.yaml": _HEAD + "body:\n  $from: userId\n  event: event\n"},
    good={"track.yaml": _HEAD + "body:\n  user_id: {$from: userId}\n  event: event\n"},
)
ILLEGAL_NAME: Final = Rule(
    code="MAP106",
    name="illegal-name",
    severity="error",
    title="A name has characters that a name can't have",
    doc=(
        "Expressions use the names of `let` and of settings, and in JMESPath `user-id` would be no plain name. So "
        "they have letters, digits and underscores, and start with a letter (a name of `let` or a request may start "
        "with an underscore). Names of settings become environment variables as well. Header names have letters, "
        "digits, hyphens and underscores."
    ),
    bad={"track.yaml": _HEAD + "let:\n  user-id: userId\nbody:\n  user_id: userId\n"},
    good={"track.yaml": _HEAD + "let:\n  user_id: userId\nbody:\n  user_id: user_id\n"},
)
SECRET_DEFAULT: Final = Rule(
    code="MAP107",
    name="secret-default",
    severity="error",
    title="A secret setting has a default",
    doc=(
        "Mapping files are kept in version control and shown in reviews, so a secret must not stand in them. Delete "
        "the default, give the value through the environment or a settings file, and if it was a real one, replace "
        "it at the destination."
    ),
    bad={"destination.yaml": _SETTINGS + "  apiKey: {type: string, secret: true, default: abc123}\n"},
    good={"destination.yaml": _SETTINGS + "  apiKey: {type: string, secret: true, required: true}\n"},
)
LONE_OPERATOR: Final = Rule(
    code="MAP108",
    name="lone-operator",
    severity="error",
    title="An operator lacks the one it belongs to",
    doc=(
        "Some operators only work along with another: `$then` and `$else` with `$if`; `$as`, `$is`, `$default`, "
        "`$required` and `$null` beside one that gives a value, such as `$from`; `$spell`, `$named` and `$rest` "
        "beside `$share`; and `$take` inside an object that has `$share`, at any depth."
    ),
    bad={"track.yaml": _HEAD + "body:\n  event: {$as: string, $default: event}\n"},
    good={"track.yaml": _HEAD + "body:\n  event: {$from: event, $as: string}\n"},
)
SETTING_DEFAULT: Final = Rule(
    code="MAP109",
    name="unfit-setting",
    severity="error",
    title="A setting contradicts itself",
    doc=(
        "A default that the setting's own `type`, `enum` or `pattern` refuses could never be used, and a `pattern` "
        "that is no regular expression can't be matched."
    ),
    bad={"destination.yaml": _SETTINGS + "  region: {enum: [US, EU], default: UK}\n"},
    good={"destination.yaml": _SETTINGS + "  region: {enum: [US, EU], default: US}\n"},
)

SHAPE_RULES: Final[tuple[Rule, ...]] = (
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_VALUE,
    UNKNOWN_VERSION,
    CLASH,
    ILLEGAL_NAME,
    SECRET_DEFAULT,
    LONE_OPERATOR,
    SETTING_DEFAULT,
)
