"""Whether the extra `nats` is installed, which everything else here needs."""

from __future__ import annotations


def is_installed() -> bool:
    """Whether it is."""
    try:
        import nats.aio.client  # noqa: F401 - it is only looked for
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "nats":
            raise
        return False
    return True
