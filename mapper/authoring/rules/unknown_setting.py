"""MAP205: a setting that is not defined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree
from mapper.authoring.rules.settings import read_settings
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.base.suggest import closest, did_you_mean
from mapper.records.diagnostic import Diagnostic, Place, Related

_DESTINATION: Final = MINIMAL["destination.yaml"] + "settings:\n  region: {enum: [US, EU], default: US}\n"
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    known = _known(subject)
    if known is None:
        return
    for use in subject.uses():
        for read in read_settings(subject, use):
            if read.name is not None and read.name not in known:
                help_ = did_you_mean(read.name, known) or (
                    "define it under `settings` in destination.yaml"
                    if not known
                    else f"there are: {', '.join(sorted(known))}"
                )
                place = on_tree(use.expression, read.name_tree)
                message = f"there is no setting {word(read.name)}"
                yield RULE.at(place, message, help=help_, related=_near(subject, read.name, known))


def _near(subject: Subject, name: str, known: set[str]) -> tuple[Related, ...]:
    near = closest(name, known)
    if near is None:
        return ()
    place = Place(file=subject.spec.file, route=("settings", near), on="key")
    return (Related(place=place, message="this one is defined"),)


def _known(subject: Subject) -> set[str] | None:
    """The names under `settings`, malformed ones included; None where they can't be told."""
    written = subject.documents[subject.spec.file].data.get("settings", {})
    return set(written) if isinstance(written, dict) else None


RULE: Final = Rule(
    code="MAP205",
    name="unknown-setting",
    severity="error",
    title="A setting is used that destination.yaml does not define",
    doc=(
        "`settings.NAME` reads a value that the operator gives, and only names under `settings` in destination.yaml "
        "can be given. An undefined one would always be null. Case counts: `settings.authKey` is not "
        "`settings.authkey`."
    ),
    bad={
        "destination.yaml": _DESTINATION,
        "track.yaml": _HEAD + "  region: settings.regoin\n",
    },
    good={
        "destination.yaml": _DESTINATION,
        "track.yaml": _HEAD + "  region: settings.region\n",
    },
    check=_check,
)
