"""What can be wrong with a sandbox.yaml beyond its shape."""

from __future__ import annotations

from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule

_HEAD: Final = (
    "sandbox: 1\nid: example\nsettings:\n  token: sandbox-token\nendpoints:\n  event:\n    path: /v1/events\n"
)
_TAIL: Final = "    answers: {taken: {status: 200}, refused: {status: 400}}\n"
_BODY: Final = "    auth: {bearer: token}\n    body: ndjson\n"
_CHECKS: Final = "    checks:\n      - schema: {type: object, required: [user_id]}\n"
_RIGHT: Final = _HEAD + _BODY + _CHECKS + _TAIL
_DESTINATION: Final = MINIMAL["destination.yaml"] + "settings:\n  token: {type: string, secret: true, required: true}\n"

ANOTHER_ID: Final = Rule(
    code="MAP501",
    name="another-id",
    severity="error",
    title="The sandbox stands in for another destination",
    doc=(
        "The `id` in sandbox.yaml is the one in the destination.yaml beside it. Most often the file was copied from "
        "another mapping set. `mapper run --sandbox` refuses it: without a sandbox of its own, what is meant for one "
        "would go to the real destination."
    ),
    bad={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT.replace("id: example", "id: sample")},
    good={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT},
)
NOT_THERE: Final = Rule(
    code="MAP502",
    name="not-in-sandbox",
    severity="error",
    title="The sandbox names something that it does not have",
    doc=(
        "Paths and `auth` name settings of the same sandbox.yaml, which brings the keys along. `known` and faults name "
        "its endpoints; `known` and `only: new` need an endpoint with a `key`, by which it tells records apart."
    ),
    bad={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT.replace("bearer: token", "bearer: tokn")},
    good={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT},
)
NO_JSON_SCHEMA: Final = Rule(
    code="MAP503",
    name="no-json-schema",
    severity="error",
    title="A schema in the sandbox is no JSON Schema",
    doc=(
        "The sandbox holds each event against the schemas of its endpoint's `checks`. They are JSON Schemas of draft "
        "2020-12, and a `$ref` in them points into the file's own `$defs`."
    ),
    bad={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT.replace("type: object", "type: objekt")},
    good={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT},
)
NO_SUCH_SETTING: Final = Rule(
    code="MAP504",
    name="no-such-setting",
    severity="error",
    title="The sandbox brings a setting that the destination does not have",
    doc=(
        "`settings` in sandbox.yaml are values for settings of the destination.yaml beside it, in place of the real "
        "keys. A name that stands there and not in destination.yaml keeps `mapper run --sandbox` from starting. "
        "A part of a path that is no setting stands in the path as it is."
    ),
    bad={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT.replace("token", "tokn").replace("-tokn", "-token")},
    good={"destination.yaml": _DESTINATION, "sandbox.yaml": _RIGHT},
)

STAND_IN_RULES: Final = (ANOTHER_ID, NOT_THERE, NO_JSON_SCHEMA, NO_SUCH_SETTING)
