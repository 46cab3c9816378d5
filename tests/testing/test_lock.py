"""The lock as its users have it: a project of their own, two lines, and the real pytest as a process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.awaiting import PATIENCE
from tests.testing.kit import SEEN, Ended, OwnProject

pytest_plugins = ["pytester"]

TESTS = len(SEEN) + 3
ACCEPT = "to accept them: `mapper snap review`, or pytest --snapshot-update and then `git diff`"
TRACK = "mappings/acme/track.yaml"
OPENED = "acme/track/opened.json"


MALFORMED = [
    ('{"about": "x", "call": {"a": 7}', "not JSON: ends too early, at column 32"),
    ('{"about": "x"}', 'a case is an object with "about" and "call", and perhaps "settings"'),
    ('{"about": "a\\nb", "call": {}}', '"about" is one line that says what the case shows'),
    ('{"about": "x", "note": 1, "call": {}}', "`note` is no key of a case; there are about, settings, equal and call"),
    ('{"about": "x", "settings": [], "call": {}}', '"settings" is an object'),
    (
        '{"about": "x", "call": {"a": "b", "c": [8, {"d": 8}], "e": "b", "f": "8", "g": true, "h": true}}',
        'give each field a value of its own; repeated: "b", 8',
    ),
    (
        '{"about": "x", "call": {"type": "identify", "userId": "u9"}}',
        "no result of acme/track comes of this call; the mapping accepts track, and this is identify",
    ),
    (
        '{"about": "skipped before any mapping", "call": {"type": "Identify"}}',
        "no result of acme/track comes of this call; the mapping accepts track, and this is identify",
    ),
    (
        '{"about": "x", "settings": {"regoin": "EU"}, "call": {}}',
        "acme: there is no setting `regoin`; did you mean `region`?",
    ),
    (
        '{"about": "x", "settings": {"token": "t0p"}, "call": {}}',
        "`token` is a secret; a case needs none, for snapshots show it as ***",
    ),
]
"""Case files, and what is wrong with them."""


def failed(project: OwnProject, *arguments: str, ci: bool = False, apart: bool = False) -> Ended:
    """A run that fails and names no line of ours."""
    ended = project.pytest(*arguments, ci=ci, apart=apart)
    assert ended.code == 1, ended.out
    for noise in ("--full-trace", "mapper/testing", "mapper/review", "site-packages", "INTERNALERROR", "assert "):
        assert noise not in ended.out
    return ended


def disturb(project: OwnProject) -> None:
    """Make one snapshot changed, one missing and one orphaned."""
    project.edit(TRACK, "did: event", "done: event")
    (project.snapshots / "acme/identify/ada.json").unlink()
    project.write("tests/snapshots/acme/track/gone.json", "[]\n")


def test_everything_fits(project: OwnProject) -> None:
    before = project.state()
    ended = project.pytest()
    assert (ended.code, ended.count("passed"), ended.summary) == (0, TESTS, [])
    assert project.state() == before
    assert json.loads(before[OPENED]) == [
        {
            "mapping": "track",
            "request": {
                "name": "event",
                "method": "POST",
                "url": "https://acme.example/v1/***",
                "headers": {},
                "body": {"user": "u2", "did": "Opened"},
            },
        }
    ]
    assert json.loads(before["acme/track/without-user.json"]) == [{"skipped": "no user"}]


class TestWhatDoesNotFit:
    def test_summary_names_all_and_says_how_to_accept_them(self, project: OwnProject) -> None:
        disturb(project)
        before = project.state()
        ended = failed(project, apart=True)
        assert ended.summary == [
            "changed  acme/track/opened",
            "missing  acme/identify/ada",
            "orphaned acme/track/gone",
            ACCEPT,
        ]
        assert (ended.count("failed"), ended.count("passed")) == (3, TESTS - 3)
        assert project.state() == before

    def test_changed_shows_the_difference(self, project: OwnProject) -> None:
        project.edit(TRACK, "did: event", "done: event")
        assert failed(project).failures == [
            "acme/track/opened is not as its snapshot has it",
            "--- snapshot",
            "+++ now",
            "@@ -8,7 +8,7 @@",
            '       "headers": {},',
            '       "body": {',
            '         "user": "u2",',
            '-        "did": "Opened"',
            '+        "done": "Opened"',
            "       }",
            "     }",
            "   }",
        ]

    def test_missing_shows_what_it_would_be(self, project: OwnProject) -> None:
        (project.snapshots / OPENED).unlink()
        ended = failed(project)
        assert ended.failures[:2] == ["acme/track/opened has no snapshot yet; it would be", "["]
        assert '        "did": "Opened"' in ended.failures

    def test_orphan_is_named(self, project: OwnProject) -> None:
        project.write("tests/snapshots/gone/track/x.json", "[]\n")
        assert failed(project).failures == ["snapshots without a case: gone/track/x"]

    def test_mapping_without_cases(self, project: OwnProject) -> None:
        project.write("mappings/acme/second.yaml", (project.root / TRACK).read_text())
        project.write("tests/test_mappings.py", "from mapper.testing import lock\n\ntest_it = lock(minimum=2)\n")
        ended = failed(project, "-k", "has")
        assert "each mapping needs 2 or more cases: acme/identify has 1, acme/second has 0" in ended.failures

    def test_snapshot_that_is_no_text(self, project: OwnProject) -> None:
        (project.snapshots / OPENED).write_bytes(b"\xff\xfe[]")
        assert failed(project).summary == ["changed  acme/track/opened", ACCEPT]
        assert project.pytest("--snapshot-update").code == 0
        assert project.pytest().code == 0

    def test_snapshots_of_others_are_left_alone(self, project: OwnProject) -> None:
        project.write("tests/__snapshots__/test_other.ambr", "# serializer version: 1\n")
        project.write("tests/__snapshots__/test_other/test_one.json", "{}")
        before = project.state()
        assert project.pytest("--snapshot-update").code == 0
        assert project.state() == before

    def test_without_the_plugin_the_tests_say_the_same(self, project: OwnProject) -> None:
        disturb(project)
        ended = failed(project, "-p", "no:mapper", apart=True)
        assert ended.summary == []
        for line in (
            "acme/track/opened is not as its snapshot has it",
            "acme/identify/ada has no snapshot yet; it would be",
            "snapshots without a case: acme/track/gone",
        ):
            assert line in ended.failures

    def test_without_syrupy(self, project: OwnProject) -> None:
        needs = "the lock needs syrupy, and its plugin switched on: `pip install '.[test]'` where mapper was cloned to"
        assert failed(project, "-p", "no:syrupy", apart=True).failures == [needs] * len(SEEN)


class TestCasesThatAreWrong:
    """Each on its own, for every message is to be the only one."""

    def test_malformed(self, project: OwnProject) -> None:
        for number, (text, _) in enumerate(MALFORMED):
            project.write(f"tests/cases/acme/track/x{number}.json", text)
        before = project.state()
        ended = failed(project, "--snapshot-update")
        assert ended.failures == [
            f"tests/cases/acme/track/x{number}.json: {message}" for number, (_, message) in enumerate(MALFORMED)
        ]
        assert (ended.summary, project.state()) == ([], before)

    def test_case_that_became_malformed_keeps_its_snapshot(self, project: OwnProject) -> None:
        project.write("tests/cases/acme/track/opened.json", "")
        before = project.state()
        failed(project, "--snapshot-update")
        assert project.state() == before

    def test_unknown_set_and_mapping(self, project: OwnProject) -> None:
        project.case("amce/track/a", {"type": "track", "userId": "u3"})
        project.case("zzz/track/a", {"type": "track", "userId": "u4"})
        project.case("acme/trakc/a", {"type": "track", "userId": "u5"})
        project.case("acme/zzz/a", {"type": "track", "userId": "u6"})
        assert failed(project).failures == [
            "tests/cases/acme/trakc/a.json: acme has no mapping `trakc`; did you mean `track`?",
            "tests/cases/acme/zzz/a.json: acme has no mapping `zzz`; there are identify, track",
            "tests/cases/amce/track/a.json: there is no mapping set `amce`; did you mean `acme`?",
            "tests/cases/zzz/track/a.json: there is no mapping set `zzz`; there are acme",
        ]

    def test_misplaced(self, project: OwnProject) -> None:
        for path in ("acme/stray.json", "acme/track/deep/er.json", "acme/track/x.yaml"):
            project.write(f"tests/cases/{path}", "{}")
        for path in ("README.md", "acme/.DS_Store"):
            project.write(f"tests/cases/{path}", "")
        assert failed(project).failures == [
            "a case is SET/MAPPING/NAME.json; nothing reads tests/cases/acme/stray.json, "
            "tests/cases/acme/track/deep/er.json, tests/cases/acme/track/x.yaml"
        ]

    def test_folder_of_cases_that_is_not_there(self, project: OwnProject) -> None:
        project.write("tests/test_mappings.py", 'from mapper.testing import lock\n\ntest_it = lock("caess")\n')
        before = project.state()
        ended = failed(project, "--snapshot-update")
        assert "there is no folder of cases tests/caess" in ended.failures
        assert project.state() == before

    def test_calls_that_no_mapping_accepts(self, project: OwnProject) -> None:
        project.case("track/screen", {"type": "screen", "userId": "u7"})
        project.case("track/no-type", {"userId": "u8"})
        assert project.pytest("--snapshot-update").code == 0
        assert json.loads(project.state()["acme/track/screen.json"]) == [{"skipped": "screen calls are not accepted"}]
        assert list(json.loads(project.state()["acme/track/no-type.json"])[0]) == ["unmappable"]

    def test_settings(self, project: OwnProject) -> None:
        project.case("track/eu", {"type": "track", "userId": "u7"}, settings={"region": "EU"})
        assert project.pytest("--snapshot-update").code == 0
        assert '"url": "https://eu.acme.example/v1/***"' in project.state()["acme/track/eu.json"]


class TestMappingsThatAreWrong:
    def test_errors_in_a_mapping(self, project: OwnProject) -> None:
        project.edit(TRACK, "did: event", "did: evnt(")
        before = project.state()
        ended = failed(project, "--snapshot-update")
        assert (ended.count("failed"), ended.count("skipped")) == (1, len(SEEN))  # said once, not for each case
        wrong = "the mappings have errors, see `mapper validate mappings`; the first: mappings/acme/track.yaml:6:12: "
        assert all(wrong in line for line in ended.failures)
        assert project.state() == before

    def test_no_mappings(self, project: OwnProject) -> None:
        project.write(
            "tests/test_mappings.py", 'from mapper.testing import lock\n\ntest_it = lock(mappings="../none")\n'
        )
        ended = failed(project)
        assert len(ended.failures) == 1
        assert "none does not exist; name a folder" in ended.failures[0]


class TestUpdate:
    def test_writes_and_deletes(self, project: OwnProject) -> None:
        disturb(project)
        ended = project.pytest("--snapshot-update", apart=True)
        assert ended.code == 0, ended.out
        assert ended.summary == ["deleted  acme/track/gone"]
        assert sorted(project.state()) == sorted(f"acme/{name}.json" for name in SEEN)
        assert '"done": "Opened"' in project.state()[OPENED]
        assert project.pytest().code == 0

    def test_changes_nothing_where_everything_fits(self, project: OwnProject) -> None:
        before = {path: path.stat().st_mtime_ns for path in project.snapshots.rglob("*.json")}
        ended = project.pytest("--snapshot-update")
        assert (ended.code, ended.summary) == (0, [])
        assert {path: path.stat().st_mtime_ns for path in project.snapshots.rglob("*.json")} == before

    @pytest.mark.parametrize("narrow", [["-k", "track"], ["-k", "snapshot"], ["-k", "not identify"]])
    def test_partial_run_deletes_nothing(self, project: OwnProject, narrow: list[str]) -> None:
        disturb(project)
        ended = project.pytest("--snapshot-update", *narrow)
        assert (project.snapshots / "acme/track/gone.json").exists()
        assert not (project.snapshots / "acme/identify/ada.json").exists()
        orphaned = [] if narrow == ["-k", "track"] else ["orphaned acme/track/gone", ACCEPT]
        assert (ended.code, ended.summary) == (bool(orphaned), orphaned)

    @pytest.mark.parametrize("update", [[], ["--snapshot-update"]])
    def test_in_ci_nothing_is_written(self, project: OwnProject, update: list[str]) -> None:
        disturb(project)
        before = project.state()
        ended = failed(project, *update, ci=True)
        assert ended.summary == [
            "changed  acme/track/opened",
            "missing  acme/identify/ada",
            "orphaned acme/track/gone",
            *(["CI is set, so --snapshot-update wrote and deleted nothing"] if update else []),
            ACCEPT,
        ]
        assert project.state() == before

    @pytest.mark.long
    def test_with_xdist(self, project: OwnProject) -> None:
        disturb(project)
        ended = failed(project, "-n", "2", apart=True)
        assert ended.summary == [
            "changed  acme/track/opened",
            "missing  acme/identify/ada",
            "orphaned acme/track/gone",
            ACCEPT,
        ]
        ended = project.pytest("-n", "2", "--snapshot-update", apart=True)
        assert (ended.code, ended.summary) == (0, ["deleted  acme/track/gone"]), ended.out
        assert project.pytest().code == 0


def test_names_in_any_script(project: OwnProject) -> None:
    project.case("track/größe-名", {"type": "track", "userId": "u7", "event": "Größe"})
    project.write("tests/snapshots/acme/track/weg-é.json", "[]\n")
    ended = project.pytest("--snapshot-update")
    assert (ended.code, ended.summary) == (0, ["deleted  acme/track/weg-é"])
    assert '"did": "Größe"' in project.state()["acme/track/größe-名.json"]
    assert project.pytest().code == 0


def test_two_locks_with_folders_of_their_own(project: OwnProject) -> None:
    project.write("tests/more/cases/acme/track/one.json", '{"about": "one", "call": {"type": "track", "userId": "u"}}')
    project.write("tests/more/test_more.py", "from mapper.testing import lock\n\ntest_more = lock(minimum=0)\n")
    assert project.pytest("--snapshot-update").code == 0
    assert (project.root / "tests/more/snapshots/acme/track/one.json").exists()
    assert project.pytest().code == 0


def test_plugin_imports_nothing_else() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import mapper.review.plugin; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert set(done.stdout.split()) == {"mapper", "mapper.review", "mapper.review.plugin"}


def test_plugin_is_quiet_where_nothing_is_locked(project: OwnProject) -> None:
    project.write("tests/test_mappings.py", "def test_fails():\n    assert False\n")
    ended = project.pytest()
    assert (ended.code, ended.summary) == (1, [])
