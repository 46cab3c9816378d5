"""What a server does not let this user do. It says so beside the answers, which then never come."""

from __future__ import annotations

import re
from typing import Final

from mapper.delivery.jetstream.errors import ClusterError

_VIOLATION: Final = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"')
"""As the client passes it on: in lower case, whatever the subject was written like."""


class DeniedError(ClusterError):
    """The user of this connection may not do that."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the server does not let this user {what}",
            "allow it in the `permissions` of the server's configuration, or come as another user (in the address)",
        )


class Denied:
    """Of one connection."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._inbox = False

    def note(self, error: Exception) -> None:
        """The client told this of the connection; what is no violation of permissions is nothing here."""
        if found := _VIOLATION.search(str(error).lower()):
            if found[1] == "publish":
                self._subjects.add(found[2])
            else:
                self._inbox |= found[2].startswith("_inbox.")

    def forget(self, subject: str) -> None:
        """It is about to be tried anew."""
        self._subjects.discard(subject.lower())

    def check(self, subject: str) -> None:
        """Raises :class:`DeniedError` where nothing may be published there, or answers can't be heard."""
        if subject.lower() in self._subjects:
            raise DeniedError(f"publish to {subject}")
        if self._inbox:
            raise DeniedError("subscribe to _INBOX.>")
