from __future__ import annotations

from collections.abc import Mapping

import pytest

from mapper.delivery.enqueue import CircularDependencyError, items_of, lane_of
from mapper.delivery.queue import Item, TargetKey
from mapper.records.result import Request


def request(mapping: str, *, name: str = "event", key: str | None = None, after: str | None = None) -> Request:
    return Request(destination="shop", name=name, mapping=mapping, body=b"{}", order_key=key, after=after)


def items(*requests: Request, groups: Mapping[TargetKey, str] | None = None) -> list[Item]:
    return items_of(requests, first_id=40, call=b"{}", file="f", line=3, message_id="m", type="group", groups=groups)


def test_what_an_item_knows() -> None:
    made = request("track", key="u1")
    (item,) = items(made)
    assert item == Item(
        id=40,
        request=made,
        call=b"{}",
        file="f",
        line=3,
        message_id="m",
        type="group",
        lane="shop\0=event\0u1",
    )
    assert item.target == ("shop", "event")


def test_one_that_waits_comes_after_what_it_waits_for() -> None:
    made = items(request("users", after="accounts"), request("notes", after="users"), request("accounts"))
    assert [(item.id, item.request.mapping, item.after) for item in made] == [
        (40, "accounts", None),
        (41, "users", 40),
        (42, "notes", 41),
    ]


def test_nobody_waits_for_a_mapping_that_made_nothing() -> None:
    assert [item.after for item in items(request("users", after="accounts"))] == [None]


def test_a_circle_is_refused() -> None:
    with pytest.raises(CircularDependencyError, match="mappings wait for one another: a, b"):
        items(request("a", after="b"), request("b", after="a"))


def test_lanes_are_shared_within_a_group_and_not_across_names_or_destinations() -> None:
    groups = {("shop", "accounts"): "order", ("shop", "users"): "order"}
    made = items(
        request("a", name="accounts", key="1"),
        request("b", name="users", key="1"),
        request("c", name="event", key="1"),
        request("d", name="order", key="1"),
        request("e", name="event"),
        groups=groups,
    )
    lanes = [item.lane for item in made]
    assert lanes[0] == lanes[1]
    assert len(set(lanes)) == 4
    assert lanes[4] is None
    other = Request(destination="mall", name="event", mapping="c", body=b"{}", order_key="1")
    assert lane_of(other) != lanes[2]
