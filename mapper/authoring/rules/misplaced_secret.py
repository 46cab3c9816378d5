"""MAP405: a secret where it would be sent, stored or shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import between
from mapper.authoring.rules.settings import Read, read_settings
from mapper.authoring.subject import Subject, Use
from mapper.records.diagnostic import Diagnostic, Related

_DESTINATION: Final = (
    MINIMAL["destination.yaml"] + "settings:\n  apiKey: {type: string, secret: true, required: true}\n"
)
_BEARER: Final = _DESTINATION.replace("    body: ndjson\n", "    auth: {bearer: settings.apiKey}\n    body: ndjson\n")
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    secrets = {setting.name: setting for setting in subject.spec.settings if setting.secret}
    for use in subject.uses():
        if use.sees != "call" or not secrets:
            continue
        for read in read_settings(subject, use):
            if read.name not in secrets and (read.name or _is_negated(use, read)):
                continue
            place = between(use.expression, read.tree.start, read.name_tree.end)
            named = [secrets[read.name]] if read.name else list(secrets.values())
            what = f"`{read.name}` is a secret" if read.name else "all settings, secrets among them, are used"
            yield RULE.at(
                place,
                f"{what}; secrets belong into base, path, auth and headers only",
                help="delete it here" if read.name else "name the setting that is meant: `settings.NAME`",
                related=tuple(
                    Related(place=setting.place, message="declared as a secret here") for setting in named[:1]
                ),
            )


def _is_negated(use: Use, read: Read) -> bool:
    """Whether it is the `!settings` of `!settings.name`, which says less than it seems: a rule of its own."""
    return use.expression.text[: read.tree.start].rstrip().endswith("!")


RULE: Final = Rule(
    code="MAP405",
    name="misplaced-secret",
    severity="error",
    title="A secret setting is used where it could be seen",
    doc=(
        "Bodies are queued, kept as dead letters, printed by a dry run and locked in snapshots. A secret may stand "
        "only where a request's place and credentials are computed, and is masked there: `base`, `path`, `auth` and "
        "`headers`. Names of `let`, conditions, order keys and bodies see `***` in its stead."
    ),
    bad={"destination.yaml": _DESTINATION, "track.yaml": _HEAD + "  key: settings.apiKey\n"},
    good={"destination.yaml": _BEARER, "track.yaml": _HEAD},
    check=_check,
)
