"""What makes and judges the mistakes: a defect here would make the bar mean nothing."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest

import pytest

from tests.mistakes import shape
from tests.mistakes.corpus import GENERATED, full, quick
from tests.mistakes.judge import SETS, Judge, Outcome
from tests.mistakes.kinds import KINDS
from tests.mistakes.source import Mutant, Source, misspelt
from tests.mistakes.table import Table, Tried, survivors
from tests.mistakes.trial import all_mutants

ANYWHERE = ("copied over", "copy left in place")
"""Kinds that make a whole file wrong."""
GONE = ("needed key left out", "needed field left out", "$required or $default left out")
"""Kinds that leave no line of their own."""
MOVED = "wrong list in $named"
"""A kind that changes two lines, of which the second is wrong."""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("mistakes"))


@pytest.fixture(scope="module")
def sources(judge: Judge) -> dict[str, Source]:
    return {file: Source(file, text, judge.expressions(file)) for file, text in judge.texts().items()}


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return all_mutants()


def test_every_kind_is_made_somewhere_and_under_one_name(sources: dict[str, Source]) -> None:
    names = {kind.__name__: {mutant.kind for source in sources.values() for mutant in kind(source)} for kind in KINDS}
    assert {function: found for function, found in names.items() if len(found) != 1} == {}
    assert len(set.union(*names.values())) == len(KINDS)
    assert len(KINDS) + len(ANYWHERE) >= 25


def test_every_kind_reaches_the_end(mutants: list[Mutant]) -> None:
    assert {mutant.kind for mutant in mutants} >= {*ANYWHERE, *GONE}
    assert len({mutant.kind for mutant in mutants}) == len(KINDS) + len(ANYWHERE)


def test_every_file_is_made_wrong_but_no_two_times_in_one_way(
    mutants: list[Mutant], sources: dict[str, Source]
) -> None:
    assert {mutant.file for mutant in mutants} >= sources.keys()
    seen: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for mutant in mutants:
        seen[mutant.file, mutant.text, mutant.kind].add(mutant.what)
    assert len(seen) > 0.98 * len(mutants)  # two brackets in a row leave the same text


def test_a_mutant_is_not_what_ships(mutants: list[Mutant], sources: dict[str, Source]) -> None:
    assert not [mutant for mutant in mutants if mutant.file in sources and mutant.text == sources[mutant.file].text]


def test_right_lines_are_where_the_text_differs(mutants: list[Mutant], sources: dict[str, Source]) -> None:
    for mutant in mutants:
        lines = mutant.text.splitlines()
        assert mutant.lines
        assert 1 <= min(mutant.lines) <= max(mutant.lines) <= len(lines) + 1, mutant.what
        if mutant.kind == MOVED:
            assert all(mutant.what.partition(" ")[0] in lines[at - 1] for at in mutant.lines), mutant.what
        elif mutant.kind not in ANYWHERE + GONE:
            pairs = zip_longest(sources[mutant.file].text.splitlines(), lines)
            first = next(at for at, (one, other) in enumerate(pairs, 1) if one != other)
            assert {first, first - 1} & mutant.lines, f"{mutant.file}:{first} {mutant.kind}: {mutant.what}"


def test_right_lines_are_few(mutants: list[Mutant]) -> None:
    """A finding anywhere in the file must not count as in place."""
    few = [len(mutant.lines) <= 3 for mutant in mutants if mutant.kind not in ANYWHERE]
    assert sum(few) > 0.8 * len(few)


@pytest.mark.parametrize("word", ["userId", "id", "user_id", "a", "content-type", "Loaded a Page", "_", "1"])
def test_a_misspelt_word_is_another(word: str) -> None:
    assert misspelt(word) != word


def test_the_corpus_is_always_the_same() -> None:
    lines = [line for part in full() for line in part.lines]
    assert len(lines) > GENERATED
    assert lines == [line for part in full() for line in part.lines]
    assert all(sum(len(part.lines) for part in quick(name)) > 20 for name in SETS)


def mutant(judge: Judge, file: str, old: str, new: str) -> Mutant:
    text = judge.texts()[file]
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    return Mutant("kind", file, text.replace(old, new), frozenset({line}), "")


def test_what_changes_nothing(judge: Judge) -> None:
    same = mutant(judge, "natero/track.yaml", "description: What", "description: How what")
    assert judge.outcome(same) == Outcome(caught=False, in_place=False, told="", locked=False, changes=False)


def test_what_is_found_in_place(judge: Judge) -> None:
    found = judge.outcome(mutant(judge, "natero/track.yaml", "trim(", "trm("))
    assert (found.caught, found.in_place, found.changes) == (True, True, True)
    assert found.told.startswith("MAP202 ")


def test_what_is_found_elsewhere(judge: Judge) -> None:
    right = mutant(judge, "natero/track.yaml", "trim(", "trm(")
    wrong = Mutant(right.kind, right.file, right.text, frozenset({1}), "")
    assert judge.outcome(wrong).caught
    assert not judge.outcome(wrong).in_place


def test_what_only_a_snapshot_shows(judge: Judge) -> None:
    found = judge.outcome(mutant(judge, "natero/page.yaml", "Loaded a Page", "Loaded Some Page"))
    assert (found.caught, found.locked, found.changes) == (False, True, True)


def test_where_it_is_sent_counts_as_output(judge: Judge) -> None:
    assert judge.outcome(mutant(judge, "natero/destination.yaml", "//events.natero.com", "//event.natero.com")).changes


def test_a_broken_file_changes_all(judge: Judge) -> None:
    found = judge.outcome(mutant(judge, "shared/dimensions.yaml", "let:\n", "let\n"))
    assert (found.caught, found.changes) == (True, True)


def test_the_files_are_as_before(judge: Judge) -> None:
    before = judge.texts()
    judge.outcome(mutant(judge, "natero/track.yaml", "trim(", "trm("))
    judge.outcome(next(shape.copied_beside(Source("natero/track.yaml", before["natero/track.yaml"], frozenset()))))
    assert judge.texts() == before


def outcome(*, caught: bool = False, in_place: bool = False, locked: bool = False, changes: bool = False) -> Outcome:
    return Outcome(caught=caught, in_place=in_place, told="", locked=locked, changes=changes)


def test_the_table_counts() -> None:
    outcomes = [
        outcome(),
        outcome(caught=True, in_place=True),
        outcome(caught=True, in_place=True, changes=True),
        outcome(caught=True, changes=True),
        outcome(locked=True, changes=True),
        outcome(changes=True),
    ]
    results = [Tried(Mutant("kind", "file", "", frozenset({at}), "what"), each) for at, each in enumerate(outcomes)]
    table = Table.of(results)
    shares = (table.unchanged, table.caught, table.in_place, table.caught_or_locked)
    assert shares == pytest.approx((2 / 6, 2 / 4, 2 / 3, 3 / 4))
    assert [line.split()[:2] for line in survivors(results).splitlines()] == [
        ["elsewhere", "file:3"],
        ["missed", "file:4"],
        ["UNLOCKED", "file:5"],
    ]
