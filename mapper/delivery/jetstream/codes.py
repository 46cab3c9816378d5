"""JetStream's error codes, and which of them pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NOT_FOUND: Final = 10037
"""There is no such message."""
NO_STREAM: Final = 10059
WRONG_LAST: Final = 10071
WRONG_SOON: Final = 10164
"""Another message is about to be the last one: perhaps the very same one, sent twice because no answer came."""
FULL: Final = 10077
_NOT_NOW: Final = frozenset({10008, 10009, 10023, FULL, 10158, 10167})
"""What passes: no leader yet, not enough resources, full, the very same message is about to be stored since it was sent
before, more in flight than can be taken."""
_NO_ROOM: Final = frozenset({10002, 10047})
"""The account may store no more, or the servers can't: for a message that passes, a stream so large never fits."""
_NO_PEERS: Final = 10005
"""Too few servers for so many replicas: of the cluster, or of those that are there now."""
_UNAVAILABLE: Final = 503
_NEVER: Final = frozenset({10039, 10074, 10076})
"""What comes with it all the same: no JetStream, and more replicas than a server on its own has."""


def passes(error: Mapping[str, Any], *, storing: bool = False) -> bool:
    """Whether what the server says is wrong is so for now; `storing`: of a message that was to be stored."""
    code = code_of(error)
    if storing and code in _NO_ROOM:
        return True
    if code == _NO_PEERS:
        return "offline" in str(error.get("description"))
    return code in _NOT_NOW or (error.get("code") == _UNAVAILABLE and code not in _NEVER)


def code_of(error: Mapping[str, Any]) -> int:
    """JetStream's own, where there is one."""
    return int(error.get("err_code", error.get("code", 0)))
