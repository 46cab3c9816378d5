"""Times in mappings that are compiled and interpreted: as libraries write them, and almost so."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from mapper.expressions.code.compile import compiled
from mapper.expressions.functions.instant import epoch_ms
from tests.support.language import apply, interpreter, mapping

USUAL: Final = "2021-07-03T03:07:45.246Z"
ODD: Final[tuple[Any, ...]] = (
    USUAL,
    "2021-07-03T03:07:45Z",
    "2021-07-03T03:07:45.246123Z",
    "0001-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00.0+01",
    "9999-12-31T23:59:59.0-01",
    "2021-07-03T03:07:45.2+01",
    "2021-07-03T03:07:45.24\0Z",
    "2021-07-03T03:07:45.4Z\0Z",
    "2021-07-03T03:07:45.246z",
    "2021-07-03T03:07:45.2460",
    "2021-07-03 03:07:45.246Z",
    "2021-07-03t03:07:45.246Z",
    "2021-07-03x03:07:45.246Z",
    "2021-07-03T03:07:45,246Z",
    "2021-07-03T03:07:60.246Z",
    "2021-07-03T24:00:00.000Z",
    "2021-02-30T03:07:45.246Z",
    "2021-W26-6T03:07:45.246Z",
    "20210703T030745.1234567Z",
    "2021-07-03T03:07.246123Z",
    "1969-12-31T23:59:59.999Z",
    "٢٠٢١-07-03T03:07:45.246Z",
    " 021-07-03T03:07:45.246Z",
    "--T::." * 4,
    "",
    " ",
    1625281665,
    1625281665246.5,
    True,
    None,
    [],
    [USUAL],
    list(USUAL),
    {},
)


def test_times_of_odd_shapes(tmp_path: Path) -> None:
    body = "a: to_epoch_ms(properties.x)\nb: {$from: properties.x, $as: epoch_ms}\nc: to_epoch_ms(trim(properties.x))"
    engines = interpreter(tmp_path, {"track.yaml": mapping(body)})
    for start in range(0, len(ODD), 20):
        apply(engines, *({"properties": {"x": each}} for each in ODD[start : start + 20]))


EXPRESSION: Final = compiled("to_epoch_ms(@)")


@given(
    st.tuples(st.integers(0, 23), st.sampled_from("-:T.,Zz+ \0x0129W")) | st.none(),
    st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='milliseconds')}Z"),
)
def test_a_usual_time_with_one_character_changed(change: tuple[int, str] | None, text: str) -> None:
    if change is not None:
        at, other = change
        text = text[:at] + other + text[at + 1 :]
    assert EXPRESSION(text) == epoch_ms(text)
