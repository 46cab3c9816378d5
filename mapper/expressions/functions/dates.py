"""Dates and times."""

from __future__ import annotations

from typing import Final

from mapper.expressions.functions.instant import epoch_ms, is_date, iso8601
from mapper.expressions.functions.model import Example, Function, Parameter

FUNCTIONS: Final = (
    Function(
        name="to_epoch_ms",
        parameters=(Parameter("value", ("any",)),),
        returns=("number", "null"),
        doc="A date or time as whole milliseconds since 1970 in UTC; below 100,000,000,000 a number counts seconds.",
        examples=(
            Example("to_epoch_ms(timestamp)", {"timestamp": "2020-01-02T03:04:05.678Z"}, 1577934245678),
            Example("to_epoch_ms(timestamp)", {"timestamp": "2020-01-02 03:04:05+05:30"}, 1577914445000),
            Example("to_epoch_ms(timestamp)", {"timestamp": "2020-01-02"}, 1577923200000),
            Example("to_epoch_ms(timestamp)", {"timestamp": "Thu, 02 Jan 2020 03:04:05 +0000"}, 1577934245000),
            Example("to_epoch_ms(timestamp)", {"timestamp": 1577934245.678}, 1577934245678),
            Example("to_epoch_ms(timestamp)", {"timestamp": "1577934245678"}, 1577934245678),
            Example("to_epoch_ms(timestamp)", {"timestamp": "2020-02-30"}, None),
            Example("to_epoch_ms(timestamp)", {"timestamp": "01/02/2020"}, None),
            Example("to_epoch_ms(timestamp)", {"timestamp": True}, None),
        ),
        group="dates",
        call=epoch_ms,
    ),
    Function(
        name="to_iso8601",
        parameters=(Parameter("value", ("any",)),),
        returns=("string", "null"),
        doc="A date or time as `YYYY-MM-DDTHH:MM:SS.mmmZ`, read as `to_epoch_ms` reads it.",
        examples=(
            Example("to_iso8601(at)", {"at": 1577934245}, "2020-01-02T03:04:05.000Z"),
            Example("to_iso8601(at)", {"at": "2020-01-02T03:04:05+01:00"}, "2020-01-02T02:04:05.000Z"),
            Example("to_iso8601(at)", {"at": "soon"}, None),
        ),
        group="dates",
        call=iso8601,
    ),
    Function(
        name="is_iso_date",
        parameters=(Parameter("value", ("any",)),),
        returns=("boolean",),
        doc="Whether the value is a string that is wholly an existing date `YYYY-MM-DD` or date-time of ISO 8601.",
        examples=(
            Example("is_iso_date(trait)", {"trait": "2020-01-02"}, True),
            Example("is_iso_date(trait)", {"trait": "2020-01-02T03:04:05Z"}, True),
            Example("is_iso_date(trait)", {"trait": "2020-02-30"}, False),
            Example("is_iso_date(trait)", {"trait": "20200102"}, False),
            Example("is_iso_date(trait)", {}, False),
        ),
        group="dates",
        call=is_date,
    ),
)
