"""A cloud function that takes one batch of Segment calls and delivers it: the whole of it."""

from mapper.api import Limits, load

mappings = load()  # keys from NATERO_AUTH_KEY and NATERO_SEND_KEY
LIMITS = Limits(give_up_after=20.0)  # seconds without any success, fewer than the platform allows


def handle(event: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    """Deliver ``event["batch"]``; the platform tries again where an exception leaves this function."""
    delivery = mappings.deliver(event["batch"], limits=LIMITS)
    if delivery.pending:
        why = "; ".join(f"{pause.destination}: {pause.because}: {pause.advice}" for pause in delivery.pauses)
        raise RuntimeError(f"{delivery.pending} requests are not delivered yet: {why}")
    return {"delivered": delivery.delivered, "dead": delivery.dead}
