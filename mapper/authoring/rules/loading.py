"""What can be wrong with the files of a mapping set as a whole; the loader itself reports these."""

from __future__ import annotations

from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule

_DESTINATION: Final = MINIMAL["destination.yaml"]
_SHARED: Final = "mapper: 1\nlet:\n  who: userId\n"
_SCHEMA: Final = '{"type": "object", "properties": {"user_id": {}}}\n'

UNREADABLE_USE: Final = Rule(
    code="MAP305",
    name="unreadable-use",
    severity="error",
    title="A file named in `use` is not there",
    doc=(
        "`use` names files with names for values that several destinations share. Their paths are relative to the "
        "destination.yaml that holds them, whatever folder you are in. Until all of them are read, unknown names are "
        "not reported, since they may stand in the missing file."
    ),
    bad={"destination.yaml": _DESTINATION + "use: [shard.yml]\n", "shared.yml": _SHARED},
    good={"destination.yaml": _DESTINATION + "use: [shared.yml]\n", "shared.yml": _SHARED},
)
NO_DESTINATION: Final = Rule(
    code="MAP311",
    name="no-destination",
    severity="error",
    title="The folder has no destination.yaml",
    doc=(
        "A folder is a mapping set because a file of exactly this name lies in it; destination.yml does not count. "
        "It says where requests go and which calls are accepted. `mapper init DIR` makes a set to start from."
    ),
    bad={"destination.yml": _DESTINATION},
    good={"destination.yaml": _DESTINATION},
)
UNREADABLE_SCHEMA: Final = Rule(
    code="MAP312",
    name="unreadable-schema",
    severity="error",
    title="A request's schema can't be used",
    doc=(
        "`schema` names a JSON Schema file, relative to destination.yaml. It is missing, is no JSON object, or holds "
        "a reference that leads nowhere or in a circle. Without it the fields of the request's mappings are not "
        "checked."
    ),
    bad={"destination.yaml": _DESTINATION + "    schema: events.schema.json\n", "event.schema.json": _SCHEMA},
    good={"destination.yaml": _DESTINATION + "    schema: event.schema.json\n", "event.schema.json": _SCHEMA},
)

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
_ALLOW: Final = "  # mapper: allow MAP212 because our app sends it\n"

UNUSED_SUPPRESSION: Final = Rule(
    code="MAP016",
    name="unused-suppression",
    severity="warning",
    title="A comment allows a finding and has nothing to allow",
    doc=(
        "`# mapper: allow MAP212 because our app sends it` at the end of a line allows one finding of that code "
        "on that line, or in the value that begins there. The reason is for the next reader and has to be given. "
        "A comment whose finding is gone would hide the next one, so it is reported. What would keep the mappings "
        "from running, with their sandbox too, can't be allowed."
    ),
    bad={"track.yaml": _HEAD + "  revenue: properties.revenue" + _ALLOW},
    good={"track.yaml": _HEAD + "  revenue: properties.revenu" + _ALLOW},
)

LOADING_RULES: Final = (UNREADABLE_USE, NO_DESTINATION, UNREADABLE_SCHEMA, UNUSED_SUPPRESSION)
