"""What the author is told about keys and values that mean nothing: exact place, message and help."""

from __future__ import annotations

import pytest

from mapper.authoring.document import Document
from mapper.authoring.shape import Kind, check_shape
from mapper.records.diagnostic import Diagnostic
from tests.support.documents import parse_document

DESTINATION = "mapper: 1\nid: example\ndestination: Example\naccepts: [track]\n"
REQUESTS = "requests:\n  event:\n    base: \"'https://example.com'\"\n    path: \"'/v1'\"\n"
MAPPING = "mapper: 1\naccepts: track\nrequest: event\n"
BODY = "body: {user_id: userId}\n"
NAME = "a name starts with a letter or underscore and goes on with letters, digits and underscores"


def document(text: str) -> Document:
    read, problems = parse_document(text.encode(), file="f.yaml")
    assert read is not None, problems
    assert not problems
    return read


def underlined(read: Document, found: Diagnostic) -> str:
    """The source text that the diagnostic's place covers, with its line and whether a key is meant."""
    place = found.primary
    span = (read.keys if place.on == "key" else read.values)[place.route]
    line = read.text.count("\n", 0, span.start) + 1
    return f"{line} {place.on} <{read.text[span.start : span.end].splitlines()[0]}>"


def problems(text: str, kind: Kind) -> list[str]:
    read = document(text)
    return [
        f"{found.code} {underlined(read, found)} {found.message} / {found.help}" for found in check_shape(read, kind)
    ]


MAPPINGS = {
    # unknown keys
    MAPPING + "requst: x\n" + BODY: ["MAP101 4 key <requst> unknown key `requst` / did you mean `request`?"],
    MAPPING + "settings: {}\n" + BODY: [
        "MAP101 4 key <settings> unknown key `settings` / `settings` belongs in destination.yaml"
    ],
    MAPPING + "colour: red\n" + BODY: [
        "MAP101 4 key <colour> unknown key `colour` / "
        "known here: mapper, accepts, description, let, skip, reject, request, body, after"
    ],
    MAPPING + "skip: [{when: a, becuase: b}]\n" + BODY: [
        "MAP101 4 key <becuase> unknown key `becuase` in `skip[0]` / did you mean `because`?"
    ],
    MAPPING + "body: {a: {$form: b}}\n": ["MAP101 4 key <$form> unknown operator `$form` / did you mean `$from`?"],
    MAPPING + "body: {a: {$xyz: b}}\n": [
        "MAP101 4 key <$xyz> unknown operator `$xyz` / there are: $const, $from, $first, $if, $take, $then, $else, "
        "$as, $is, $default, $required, $null, $merge, $share, $spell, $named, $rest"
    ],
    MAPPING + "body: {a: {$form: b, $as: string}}\n": [
        "MAP101 4 key <$form> unknown operator `$form` / did you mean `$from`?"
    ],
    MAPPING + "body: {a: {$from: b, as: string}}\n": [
        "MAP101 4 key <as> unknown key `as` beside `$from` / did you mean `$as`?"
    ],
    MAPPING + "body: {a: {$if: b, then: c}}\n": [
        "MAP101 4 key <then> unknown key `then` beside `$if` / did you mean `$then`?"
    ],
    MAPPING + "body: {$shar: traits, $rest: rest, a: {$take: b}}\n": [
        "MAP101 4 key <$shar> unknown operator `$shar` / did you mean `$share`?"
    ],
    MAPPING + "body: {$share: traits, $named: {strng: [a]}}\n": [
        "MAP101 4 key <strng> unknown key `strng` in `body.$named` / did you mean `string`?"
    ],
    # missing keys
    "accepts: track\nbody: {a: b}\n": [
        "MAP102 1 key <accepts> the file lacks `mapper` / begin the file with `mapper: 1`",
        "MAP102 1 key <accepts> the file lacks `request` / add it, such as `request: event`",
    ],
    MAPPING + "skip:\n  - when: '!userId'\n" + BODY: [
        "MAP102 5 key <when> `skip[0]` lacks `because` / add it, such as `because: no user id`"
    ],
    # wrong types and values
    "mapper: 1\naccepts:\nrequest: event\n" + BODY: [
        "MAP103 2 key <accepts> `accepts`: expected a call type or a list of call types, found nothing / "
        "give it a value, or delete the key"
    ],
    "mapper: 1\naccepts: [track, trak]\nrequest: event\n" + BODY: [
        "MAP103 2 value <trak> `accepts[1]`: expected a call type, found `trak` / "
        "did you mean `track`? allowed: track, page, identify, group, alias, screen, delete"
    ],
    "mapper: 1\naccepts: [track, 5]\nrequest: event\n" + BODY: [
        "MAP103 2 value <5> `accepts[1]`: expected a call type, found a number / "
        "allowed: track, page, identify, group, alias, screen, delete"
    ],
    "mapper: 1\naccepts: []\nrequest: event\n" + BODY: [
        "MAP103 2 value <[]> `accepts`: expected a list of call types, found an empty list / None"
    ],
    "mapper: 1\naccepts: [track, page, track]\nrequest: event\n" + BODY: [
        "MAP103 2 value <track> `accepts`: `track` stands there twice / delete one of them"
    ],
    MAPPING + "description: 5\n" + BODY: [
        "MAP103 4 value <5> `description`: expected text, found a number / put it in quotes to make it text"
    ],
    MAPPING + "let: [a]\n" + BODY: ["MAP103 4 value <[a]> `let`: expected keys and values, found a list / None"],
    MAPPING + "skip: {when: a, because: b}\n" + BODY: [
        "MAP103 4 value <{when: a, because: b}> `skip`: "
        "expected a list of conditions, each with `when` and `because`, found keys and values / None"
    ],
    MAPPING + "skip: ['!userId']\n" + BODY: [
        "MAP103 4 value <'!userId'> `skip[0]`: expected the keys `when` and `because`, found text / None"
    ],
    MAPPING + "skip: [{when: true, because: ''}]\n" + BODY: [
        "MAP103 4 value <true> `skip[0].when`: expected an expression (text), found true / "
        "write the constant as an expression: '`true`'",
        "MAP103 4 value <''> `skip[0].because`: expected a reason (text), found empty text / None",
    ],
    MAPPING + "body: {a: {$if: {$from: x}, $then: y}}\n": [
        "MAP103 4 value <{$from: x}> `body.a.$if`: expected an expression (text), found keys and values / "
        "name the value with `let` and use its name here"
    ],
    MAPPING + "body: {a: {$from: b, $as: strng}}\n": [
        "MAP103 4 value <strng> `body.a.$as`: expected the name of a conversion, found `strng` / "
        "did you mean `string`? allowed: string, number, integer, boolean, epoch_ms, iso8601, id, first_word, "
        "other_words, array, object"
    ],
    MAPPING + "body: {a: {$from: b, $null: drop}}\n": [
        "MAP103 4 value <drop> `body.a.$null`: expected `keep`, found `drop` / write `keep`"
    ],
    MAPPING + "body: {a: {$first: b}}\n": [
        "MAP103 4 value <b> `body.a.$first`: expected a list of values, found text / write it as a list: `[b]`"
    ],
    MAPPING + "body: {$share: a, b: {$take: c..d}, e: {$take: [f, 5]}}\n": [
        "MAP103 4 value <c..d> `body.b.$take`: keys are separated by single dots, such as address.city / None",
        "MAP103 4 value <5> `body.e.$take[1]`: expected a key of the shared object (text), found a number / "
        "put it in quotes to make it text",
    ],
    MAPPING + "body:\n  deep:\n    - {'odd key': [{$from: b, $is: text}]}\n": [
        """MAP103 6 value <text> `body.deep[0]["odd key"][0].$is`: expected the name of a type, found `text` / """
        "allowed: string, number, integer, boolean, array, object, schema"
    ],
    # versions
    "mapper: 2\nnew_key: x\n": [
        "MAP104 1 value <2> `mapper`: this is language version 1, found version 2 / "
        "a file for a later version needs a newer mapper; otherwise write `mapper: 1`"
    ],
    "mapper: '1'\naccepts: track\nrequest: event\n" + BODY: [
        "MAP104 1 value <'1'> `mapper`: this is language version 1, found text / write `mapper: 1`"
    ],
    # clashes
    MAPPING + "body: {a: {$from: b, $const: c}}\n": [
        "MAP105 4 key <$from> `$from` cannot stand beside `$const` / "
        "one of them gives the value; to try one after the other, list them under `$first`"
    ],
    MAPPING + "body: {$share: a, b: {$take: c, d: e, f: g}}\n": [
        "MAP105 4 key <d> `d` and `f` cannot stand beside `$take` / "
        "`$take` gives the whole value: put it below the field whose value it gives"
    ],
    MAPPING + "body: {a: {$from: b, $merge: c}}\n": [
        "MAP105 4 key <$merge> `$merge` cannot stand beside `$from` / "
        "`$from` gives the whole value: put it below the field whose value it gives"
    ],
    # names
    MAPPING + "let: {user-id: a, $merge: b, 1st: c}\n" + BODY: [
        f"MAP106 4 key <user-id> `user-id` is no legal name: {NAME} / write `user_id`",
        f"MAP106 4 key <$merge> `$merge` is no legal name: {NAME} / write `merge`",
        f"MAP106 4 key <1st> `1st` is no legal name: {NAME} / None",
    ],
    # operators without their companion
    MAPPING + "body: {a: {$then: b, $else: c}}\n": [
        "MAP108 4 key <$then> `$then` needs `$if` beside it / add `$if: CONDITION`, an expression",
        "MAP108 4 key <$else> `$else` needs `$if` beside it / add `$if: CONDITION`, an expression",
    ],
    MAPPING + "body: {a: {$if: b}}\n": [
        "MAP108 4 key <$if> `$if` needs `$then` beside it / "
        "add `$then: EXPRESSION`, the value where the condition holds"
    ],
    MAPPING + "body: {a: {$as: string}}\n": [
        "MAP108 4 key <$as> `$as` has no value to work on / put the value beside it: `$from: EXPRESSION`"
    ],
    MAPPING + "body: {a: {b: c, $required: no b, $null: keep}}\n": [
        "MAP108 4 key <$required> `$required` and `$null` have no value to work on / "
        "put the other keys below a `$from` beside it"
    ],
    MAPPING + "body: {$spell: [camelCase], $rest: rest, a: b}\n": [
        "MAP108 4 key <$spell> `$spell` needs `$share` beside it / "
        "add `$share: EXPRESSION`, the object that is shared out",
        "MAP108 4 key <$rest> `$rest` needs `$share` beside it / "
        "add `$share: EXPRESSION`, the object that is shared out",
    ],
    MAPPING + "body: {a: {$share: b, c: {d: {$take: e}}}, f: {$take: g}}\n": [
        "MAP108 4 key <$take> `$take` stands outside any object that has `$share` / "
        "put `$share: EXPRESSION` beside the fields that take from it"
    ],
    # several at once, in the file's order
    "mapper: 1\naccepts: trak\nlet: {a-b: c}\nbody: {d: {$form: e}}\n": [
        "MAP102 1 key <mapper> the file lacks `request` / add it, such as `request: event`",
        "MAP103 2 value <trak> `accepts`: expected a call type, found `trak` / "
        "did you mean `track`? allowed: track, page, identify, group, alias, screen, delete",
        f"MAP106 3 key <a-b> `a-b` is no legal name: {NAME} / write `a_b`",
        "MAP101 4 key <$form> unknown operator `$form` / did you mean `$from`?",
    ],
}
DESTINATIONS = {
    "mapper: 1\nid: My Set\ndestination: Example\naccepts: [track]\n": [
        "MAP103 2 value <My Set> `id`: an id has lower-case letters, digits and hyphens, and starts with a letter / "
        "write `my-set`"
    ],
    'mapper: 1\nid: "example\\n"\ndestination: Example\naccepts: [track]\n': [
        'MAP103 2 value <"example\\n"> `id`: '
        "an id has lower-case letters, digits and hyphens, and starts with a letter / write `example`"
    ],
    "mapper: 1\nid: example\ndestination: Example\naccepts: track\n": [
        "MAP103 4 value <track> `accepts`: expected a list of call types, found text / write it as a list: `[track]`"
    ],
    DESTINATION + "enabled: no\n": [
        "MAP103 5 value <no> `enabled`: expected true or false, found text / write `false`, without quotes"
    ],
    DESTINATION + "body: a\n": ["MAP101 5 key <body> unknown key `body` / `body` belongs in a mapping file"],
    DESTINATION + "requests:\n  event: {path: a}\n": [
        "MAP102 6 key <event> `requests.event` lacks `base` / add it, such as `base: \"'https://events.example.com'\"`"
    ],
    DESTINATION + "request_defaults: {base: a}\nrequests:\n  event: {}\n": [
        "MAP102 7 key <event> `requests.event` lacks `path` / add it, such as `path: \"'/v1/events'\"`"
    ],
    DESTINATION + REQUESTS + "    batch: {max_events: 0, max_bytes: 1 GB, max_wait: -1}\n": [
        "MAP103 9 value <0> `requests.event.batch.max_events`: expected a whole number of at least 1, found 0 / None",
        "MAP103 9 value <1 GB> `requests.event.batch.max_bytes`: "
        "a size is a number and a unit, such as 64KB, 1MB or 1MiB / write `1000MB`",
        "MAP103 9 value <-1> `requests.event.batch.max_wait`: expected a number of at least 0, found -1 / None",
    ],
    DESTINATION + REQUESTS + "    rate: 10/s\n": [
        "MAP103 9 value <10/s> `requests.event.rate`: expected keys and values, found text / "
        "write `{events: 10/s}` or `{requests: 10/s}`"
    ],
    DESTINATION + REQUESTS + "    body: jsonl\n": [
        "MAP103 9 value <jsonl> `requests.event.body`: expected a form of the body, found `jsonl` / "
        "did you mean `ndjson`? allowed: ndjson, json"
    ],
    DESTINATION + REQUESTS + "    rate: {}\n": [
        "MAP102 9 key <rate> `requests.event.rate` lacks `events` or `requests` / such as `{events: 1000/s}`"
    ],
    DESTINATION + REQUESTS + "    rate: {events: 5/s, requests: 1/s}\n": [
        "MAP105 9 key <requests> `events` and `requests` exclude each other / keep one of them"
    ],
    DESTINATION + REQUESTS + "    rate: {events: 1000}\n": [
        "MAP103 9 value <1000> `requests.event.rate.events`: expected a rate (text) such as 1000/s, found a number / "
        "give it a unit"
    ],
    DESTINATION + REQUESTS + "    retry: {timeout: 30}\n": [
        "MAP103 9 value <30> `requests.event.retry.timeout`: expected a time (text) such as 30s, found a number / "
        "give it a unit"
    ],
    DESTINATION + REQUESTS + "    retry: {first_wait: 0s}\n": [
        "MAP103 9 value <0s> `requests.event.retry.first_wait`: "
        "a time is a number and a unit, such as 500ms, 30s or 4h / write a number above 0, such as `1s`"
    ],
    DESTINATION + REQUESTS + "    rate: {requests: 5 per second}\n": [
        "MAP103 9 value <5 per second> `requests.event.rate.requests`: "
        "a rate is a number and a time, such as 1000/s, 90/m or 500/h / write `5/s`"
    ],
    DESTINATION + REQUESTS + "    batch: {max_wait: 20 sec}\n": [
        "MAP103 9 value <20 sec> `requests.event.batch.max_wait`: a time is a number and a unit, such as 250ms or 2s / "
        "write `20s`"
    ],
    DESTINATION + REQUESTS + "    retry: {window: '9', timeout: soon}\n": [
        "MAP103 9 value <'9'> `requests.event.retry.window`: "
        "a time is a number and a unit, such as 500ms, 30s or 4h / give it a unit",
        "MAP103 9 value <soon> `requests.event.retry.timeout`: "
        "a time is a number and a unit, such as 500ms, 30s or 4h / None",
    ],
    DESTINATION + REQUESTS + "    rate: fast\n": [
        "MAP103 9 value <fast> `requests.event.rate`: expected keys and values, found text / such as `{events: 1000/s}`"
    ],
    DESTINATION + REQUESTS + "    batch: {max_events: '500'}\n": [
        "MAP103 9 value <'500'> `requests.event.batch.max_events`: expected a whole number, found text / "
        "write the number without quotes"
    ],
    DESTINATION + REQUESTS + "    body: xml\n    method: post\n": [
        "MAP103 9 value <xml> `requests.event.body`: expected a form of the body, found `xml` / allowed: ndjson, json",
        "MAP103 10 value <post> `requests.event.method`: expected an HTTP method, found `post` / "
        "did you mean `POST`? allowed: POST, PUT, PATCH, GET, DELETE",
    ],
    DESTINATION + REQUESTS + "    body: 5\n": [
        "MAP103 9 value <5> `requests.event.body`: expected `ndjson`, `json` or `{records: KEY}`, found a number / None"
    ],
    DESTINATION + REQUESTS + "    auth: {bearer: a, basic: {username: b, password: c}}\n": [
        "MAP105 9 key <basic> `bearer` and `basic` exclude each other / keep one of them"
    ],
    DESTINATION + REQUESTS + "    auth: {}\n": [
        "MAP102 9 key <auth> `requests.event.auth` lacks `basic` or `bearer` / such as `{bearer: settings.token}`"
    ],
    DESTINATION + REQUESTS + "    auth: {basic: {username: {$from: a}, password: b}}\n": [
        "MAP102 9 key <username> `requests.event.auth.basic.username` lacks `$const` / add it, such as `$const: api`",
        "MAP101 9 key <$from> `$from` means nothing here / None",
    ],
    DESTINATION + REQUESTS + "    headers: {x key: a, y: {$take: b}}\n": [
        "MAP106 9 key <x key> `x key` is no legal name: a header's name has letters, digits, hyphens and underscores / "
        "write `x_key`",
        "MAP108 9 key <$take> `$take` stands outside any object that has `$share` / "
        "put `$share: EXPRESSION` beside the fields that take from it",
    ],
    DESTINATION + REQUESTS + "    outcomes: [{when: a, is: deliverd}]\n": [
        "MAP103 9 value <deliverd> `requests.event.outcomes[0].is`: expected a ruling, found `deliverd` / "
        "did you mean `delivered`? allowed: delivered, retry, throttled, rejected, misconfigured, resend"
    ],
    DESTINATION + "requests: {my-event: {base: a, path: b}}\n": [
        f"MAP106 5 key <my-event> `my-event` is no legal name: {NAME} / write `my_event`"
    ],
    DESTINATION + "settings: {api-key: {secrt: true}}\n": [
        "MAP106 5 key <api-key> `api-key` is no legal name: "
        "a setting's name starts with a letter and goes on with letters, digits and underscores / write `api_key`",
        "MAP101 5 key <secrt> unknown key `secrt` in `settings.api-key` / did you mean `secret`?",
    ],
    DESTINATION + "settings: {n: {type: integer, default: many}, p: {pattern: '['}}\n": [
        "MAP109 5 value <many> the default of `n` does not fit its `type` / None",
        "MAP109 5 value <'['> `settings.p.pattern` is no regular expression / "
        "a special character that stands for itself needs a backslash",
    ],
}
LETS = {
    "mapper: 1\nlet: {}\nbody: a\n": ["MAP101 3 key <body> unknown key `body` / `body` belongs in a mapping file"],
    "mapper: 1\n": ["MAP102 1 key <mapper> the file lacks `let` / None"],
}


@pytest.mark.parametrize(("text", "expected"), MAPPINGS.items())
def test_mapping_file(text: str, expected: list[str]) -> None:
    assert problems(text, "mapping") == expected


@pytest.mark.parametrize(("text", "expected"), DESTINATIONS.items())
def test_destination_file(text: str, expected: list[str]) -> None:
    assert problems(text, "destination") == expected


@pytest.mark.parametrize(("text", "expected"), LETS.items())
def test_let_only_file(text: str, expected: list[str]) -> None:
    assert problems(text, "let") == expected


CANARY = "CANARY-5up3r"


@pytest.mark.parametrize(
    "setting",
    [
        f"{{type: string, secret: true, default: {CANARY}}}",
        f"{{type: integer, secret: true, default: {CANARY}}}",
        f"{{secret: true, enum: {CANARY}}}",
        f"{{secret: true, enum: [{CANARY}, {CANARY}]}}",
        f"{{secret: true, examples: {CANARY}}}",
        f"{{secret: {CANARY}, type: integer, default: {CANARY}}}",
        f"{{type: integer, default: {CANARY}}}",
        f"{{pattern: '^x$', default: {CANARY}}}",
        CANARY,
    ],
)
def test_no_value_of_a_setting_is_repeated(setting: str) -> None:
    found = problems(DESTINATION + f"settings:\n  key: {setting}\n", "destination")
    assert found
    read = document(DESTINATION + f"settings:\n  key: {setting}\n")
    assert CANARY not in repr(check_shape(read, "destination"))


def test_texts_from_the_file_stay_short_and_on_one_line() -> None:
    key = '"line\\nbreak `tick` ' + "x" * 500 + '"'
    found = check_shape(document(MAPPING + f"{key}: 1\n" + BODY), "mapping")
    assert [diagnostic.message for diagnostic in found] == [
        "unknown key `\"line\\nbreak 'tick' xxxxxxxxxxxxxxxxxxxxx\\u2026\"`"
    ]


@pytest.mark.parametrize("wrap", ["{{a: {}}}", "[{}]", "{{$from: {}}}", "{{$if: x, $then: {}}}", "{{$first: [{}]}}"])
def test_the_deepest_file_the_reader_takes_is_explained(wrap: str) -> None:
    node, levels = "{$form: x}", 1
    while levels + wrap.count("{{") + wrap.count("[") < 62:
        node, levels = wrap.format(node), levels + wrap.count("{{") + wrap.count("[")
    assert problems(MAPPING + f"body: {node}\n", "mapping") == [
        "MAP101 4 key <$form> unknown operator `$form` / did you mean `$from`?"
    ]
