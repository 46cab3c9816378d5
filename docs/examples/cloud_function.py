"""A cloud function that takes one batch of Segment calls and delivers it: the whole of it."""

from mapper.api import load

mappings = load()  # keys from NATERO_AUTH_KEY and NATERO_SEND_KEY


def handle(event: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    """Deliver ``event["batch"]``; the platform tries again where an exception leaves this function."""
    delivery = mappings.deliver(event["batch"])
    if delivery.pending:
        raise RuntimeError(f"{delivery.pending} requests are not delivered yet")
    return {"delivered": delivery.delivered, "dead": delivery.dead}
