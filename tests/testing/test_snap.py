"""``mapper snap`` in a project of a user's own, beside the real pytest: one truth, two doors."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from tests.cli.kit import ROOT, Ended, mapper, quick
from tests.testing.kit import SEEN, OwnProject

pytest_plugins = ["pytester"]

TRACK = "mappings/acme/track.yaml"
OPENED = "acme/track/opened.json"
CHANGED = """\
changed  acme/track/opened
  @@ -8,7 +8,7 @@
         "headers": {},
         "body": {
           "user": "u2",
  -        "did": "Opened"
  +        "done": "Opened"
         }
       }
     }
"""
HINT = "`mapper snap review` steps through them, `mapper snap accept --all` accepts them\n"
PENDING = "acme/track/opened.pending"


def snap(project: OwnProject, *arguments: str, ci: bool = False, where: str = ".", color: bool = False) -> Ended:
    """Run ``mapper snap``; whatever it does, no traceback and no error without help."""
    env = {"CI": "true" if ci else ""}
    ended = quick("snap", *arguments, cwd=project.root / where, env=env)
    assert "Traceback" not in ended.err + ended.out
    return ended


def rename(project: OwnProject) -> None:
    """Change the mapping of track calls."""
    project.edit(TRACK, "did: event", "done: event")


def disturb(project: OwnProject) -> None:
    """Make one snapshot changed, one missing and one orphaned."""
    rename(project)
    (project.snapshots / "acme/identify/ada.json").unlink()
    project.write("tests/snapshots/acme/track/gone.json", "[]\n")


def verdicts(text: str) -> list[str]:
    """What a door says does not fit: ``changed  acme/track/opened``."""
    return sorted(re.findall(r"^(?:changed|missing|orphaned) +\S+", text, re.MULTILINE))


class TestTest:
    def test_everything_fits(self, project: OwnProject) -> None:
        before = project.state()
        assert snap(project, "test") == Ended(0, "3 cases: all fit\n", "")
        assert project.state() == before

    def test_changed_shows_the_difference_and_keeps_it_pending(self, project: OwnProject) -> None:
        rename(project)
        before = project.state()
        assert snap(project, "test") == Ended(1, f"{CHANGED}\n3 cases: 2 fit, 1 changed\n{HINT}", "")
        after = project.state()
        assert after.pop(PENDING) == before[OPENED].replace('"did"', '"done"')
        assert after == before

    def test_all_that_may_not_fit(self, project: OwnProject) -> None:
        disturb(project)
        project.write("tests/cases/acme/track/x.json", "{}")
        project.write("tests/cases/acme/stray.json", "{}")
        project.write("mappings/acme/second.yaml", (project.root / TRACK).read_text().replace("done", "other"))
        done = snap(project, "test", "--quiet")
        assert done == Ended(
            1,
            "missing  acme/identify/ada\n"
            "changed  acme/track/opened\n"
            'failed   tests/cases/acme/track/x.json: a case is an object with "about" and "call", and perhaps '
            '"settings"\n'
            "failed   a case is SET/MAPPING/NAME.json; nothing reads tests/cases/acme/stray.json\n"
            "failed   each mapping needs 1 or more cases: acme/second has 0\n"
            "orphaned acme/track/gone\n"
            "\n"
            "4 cases: 1 fit, 1 changed, 1 missing, 1 failed, 1 snapshot has no case\n"
            f"{HINT}"
            "`mapper snap prune` deletes snapshots without a case\n",
            "",
        )

    def test_alike_changes_are_shown_once(self, project: OwnProject) -> None:
        for user in ("u5", "u6"):
            project.case(f"track/{user}", {"type": "track", "userId": user, "event": f"Event of {user}"})
        project.case("track/other", {"type": "track", "userId": "u7", "event": "Other", "properties": {"a": 1}})
        assert project.pytest("--snapshot-update").code == 0
        rename(project)
        project.edit(TRACK, "body:\n", "body:\n  more: properties.a\n")
        out = snap(project, "test").out
        assert re.findall(r"^changed.*$", out, re.MULTILINE) == [
            "changed  acme/track/opened",
            "changed  acme/track/u5  (in the same way)",
            "changed  acme/track/u6  (in the same way)",
            "changed  acme/track/other",
        ]
        assert out.count("@@") == 4

    def test_in_ci_nothing_is_written(self, project: OwnProject) -> None:
        disturb(project)
        before = project.state()
        done = snap(project, "test", ci=True)
        assert done.code == 1
        assert "CI is set, so nothing was written\n" in done.out
        assert project.state() == before
        for command in (["accept", "--all"], ["reject", "--all"], ["prune"]):
            done = snap(project, *command, ci=True)
            assert (done.code, done.out) == (2, "")
            assert done.err == (
                f"error: CI is set, and there {command[0]} may write nothing\n"
                "  help: run it where you work, and commit what it wrote\n"
            )
        assert project.state() == before

    def test_selection_says_and_writes_nothing_about_others(self, project: OwnProject) -> None:
        disturb(project)
        before = project.state()
        assert snap(project, "test", "without-user") == Ended(0, "1 case: all fit\n", "")
        assert project.state() == before
        done = snap(project, "test", "acme/track")
        assert verdicts(done.out) == ["changed  acme/track/opened"]
        assert project.state().keys() - before.keys() == {PENDING}

    @pytest.mark.parametrize(
        "wish",
        [
            "acme/track/opened",
            "opened",
            "track/opened",
            "acme/*/open*",
            "tests/cases/acme/track/opened.json",
            "./tests/snapshots/acme/track/opened.json",
            "tests/snapshots/acme/track/../track/opened.pending",
        ],
    )
    def test_ways_to_name_a_case(self, wish: str, project: OwnProject) -> None:
        rename(project)
        assert snap(project, "test", wish).out == f"{CHANGED}\n1 case: 0 fit, 1 changed\n{HINT}"

    def test_from_a_folder_below(self, project: OwnProject) -> None:
        rename(project)
        assert snap(project, "test", "cases/acme/track", where="tests").out.startswith(CHANGED)

    def test_what_fits_again_is_no_longer_pending(self, project: OwnProject) -> None:
        before = project.state()
        rename(project)
        snap(project, "test")
        project.edit(TRACK, "done: event", "did: event")
        assert snap(project, "test").code == 0
        assert project.state() == before


class TestTwoDoors:
    def test_both_say_the_same(self, project: OwnProject) -> None:
        disturb(project)
        project.write("tests/snapshots/zzz/track/x.json", "[]\n")
        said = verdicts(project.pytest().out)
        assert said == [
            "changed  acme/track/opened",
            "missing  acme/identify/ada",
            "orphaned acme/track/gone",
            "orphaned zzz/track/x",
        ]
        assert verdicts(snap(project, "test").out) == said
        assert verdicts(project.pytest().out) == said, "pending results disturb pytest"

    def test_pytest_is_content_with_what_snap_accepts(self, project: OwnProject) -> None:
        disturb(project)
        assert project.pytest().code == 1
        assert snap(project, "test").code == 1
        done = snap(project, "accept", "--all")
        assert done == Ended(0, "accepted acme/identify/ada\naccepted acme/track/opened\n", "")
        assert snap(project, "prune") == Ended(0, "deleted tests/snapshots/acme/track/gone.json\n", "")
        accepted = project.state()
        assert sorted(accepted) == sorted(f"acme/{name}.json" for name in SEEN)
        assert project.pytest().code == 0
        assert project.pytest("--snapshot-update").code == 0
        assert project.state() == accepted

    def test_snap_is_content_with_what_pytest_accepts(self, project: OwnProject) -> None:
        project.case("track/größe", {"type": "track", "userId": "u7", "event": "Größe \u2028 \x85 \r x"})
        disturb(project)
        snap(project, "test")
        assert project.pytest("--snapshot-update").code == 0
        assert snap(project, "pending") == Ended(0, "nothing is pending\n", "")
        assert snap(project, "test") == Ended(0, "4 cases: all fit\n", "")
        assert sorted(project.state()) == sorted(["acme/track/größe.json", *(f"acme/{name}.json" for name in SEEN)])

    @pytest.mark.parametrize("text", ["[1]\r\n", "\ufeff[]\n", "", "[\n<<<<<<< ours\n]\n"])
    def test_whatever_a_snapshot_holds_they_agree(self, text: str, project: OwnProject) -> None:
        (project.snapshots / OPENED).write_bytes(text.encode())
        said = verdicts(project.pytest().out)
        assert said == ["changed  acme/track/opened"]
        assert verdicts(snap(project, "test").out) == said
        assert snap(project, "accept", "opened").code == 0
        assert project.pytest().code == 0

    def test_locks_with_arguments_of_their_own(self, project: OwnProject) -> None:
        text = (
            "import mapper.testing\nfrom mapper.testing import lock as hold\n\n"
            'test_it = hold(minimum=2, cases="cases")\n'
            'test_more = mapper.testing.lock("../more/cases", mappings="../other")\n'
        )
        project.write("tests/test_mappings.py", text)
        project.write("more/cases/acme/track/one.json", '{"about": "one", "call": {"type": "track", "userId": "u"}}')
        for file in (project.root / "mappings/acme").glob("*.yaml"):
            project.write(f"other/acme/{file.name}", file.read_text())
        project.write(".venv/test_not_ours.py", "from mapper.testing import lock\ntest_it = lock(exec('1/0'))\n")
        wanting = "each mapping needs 2 or more cases: acme/identify has 1"
        assert wanting in project.pytest().out
        done = snap(project, "test", "--quiet")
        assert f"failed   {wanting}\n" in done.out
        assert "missing  acme/track/one\n" in done.out
        assert snap(project, "accept", "--all", "--cases", "more/cases").code == 0
        assert (project.root / "more/snapshots/acme/track/one.json").is_file()


class TestPending:
    def test_lists_accepts_and_rejects_by_name(self, project: OwnProject) -> None:
        project.case("track/second", {"type": "track", "userId": "u8", "event": "Second"})
        rename(project)
        snap(project, "test")
        listed = "changed  acme/track/opened\nmissing  acme/track/second\n"
        assert snap(project, "pending") == Ended(0, listed, "")
        assert snap(project, "reject", "second") == Ended(0, "rejected acme/track/second\n", "")
        assert snap(project, "accept", "opened") == Ended(0, "accepted acme/track/opened\n", "")
        assert snap(project, "pending") == Ended(0, "nothing is pending\n", "")
        assert sorted(project.state()) == sorted(f"acme/{name}.json" for name in SEEN)
        assert verdicts(snap(project, "test").out) == ["missing  acme/track/second"]

    def test_what_nobody_has_seen_is_not_accepted(self, project: OwnProject) -> None:
        rename(project)
        snap(project, "test")
        project.edit(TRACK, "done: event", "made: event")
        before = project.state()
        assert snap(project, "accept", "--all") == Ended(
            1,
            "",
            "error: acme/track/opened: the mappings give another result by now; see it with `mapper snap test`\n",
        )
        assert project.state() == before

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (["accept"], "accept what?\n  help: name the cases, or give --all; `mapper snap pending` lists them"),
            (["reject", "--all", "opened"], "reject takes names or --all, not both"),
            (
                ["accept", "--all"],
                "nothing is pending\n  help: `mapper snap test` compares, and keeps what changed",
            ),
            (
                ["accept", "opened", "ada"],
                "nothing of opened, ada is pending\n  help: `mapper snap test` compares, and keeps what changed",
            ),
            (["test", "opend"], "there is no case opend\n  help: did you mean `opened`?"),
            (
                ["test", "acme/trakc/opened"],
                "there is no case acme/trakc/opened\n  help: did you mean `acme/track/opened`?",
            ),
            (["test", "acmes"], "there is no case acmes\n  help: did you mean `acme`?"),
            (["test", "trakc"], "there is no case trakc\n  help: did you mean `track`?"),
            (
                ["test", "zzz"],
                "there is no case zzz\n  help: a case is named SET/MAPPING/NAME; there are cases of acme",
            ),
            (
                ["test", "--cases", "none"],
                "there is no folder of cases none\n  help: it holds SET/MAPPING/NAME.json",
            ),
            (
                ["test", "--cases", "empty"],
                "there is no case in empty\n  help: `mapper snap new` makes one from a call",
            ),
        ],
    )
    def test_wrong_usage(self, arguments: list[str], error: str, project: OwnProject) -> None:
        (project.root / "empty").mkdir()
        assert snap(project, *arguments) == Ended(2, "", f"error: {error}\n")


class TestPrune:
    def test_nothing_to_delete(self, project: OwnProject) -> None:
        assert snap(project, "prune") == Ended(0, "every snapshot has a case\n", "")

    def test_pending_results_without_a_case_go_too(self, project: OwnProject) -> None:
        rename(project)
        snap(project, "test")
        (project.cases / OPENED).unlink()
        project.write("tests/snapshots/acme/notes.json", "[]")
        project.write("tests/snapshots/acme/track/notes.txt", "")
        assert snap(project, "test", "opened").err == (
            "error: there is no case opened\n  help: a case is named SET/MAPPING/NAME; there are cases of acme\n"
        )
        assert snap(project, "test", "acme/track/opened").err == (
            "error: there is no case acme/track/opened\n"
            "  help: it has a snapshot only; `mapper snap prune` deletes those without a case\n"
        )
        assert snap(project, "prune").out == (f"deleted tests/snapshots/{OPENED}\ndeleted tests/snapshots/{PENDING}\n")
        assert {"acme/notes.json", "acme/track/notes.txt"} <= project.state().keys()

    def test_without_a_single_case_all_would_go(self, project: OwnProject) -> None:
        before = project.state()
        for case in project.cases.rglob("*.json"):
            case.unlink()
        done = snap(project, "prune")
        assert (done.code, project.state()) == (2, before)
        assert done.err.startswith("error: there is no case in tests/cases, so that every snapshot would go\n")


class TestWhatIsWrong:
    def test_names_that_would_move_the_cursor(self, project: OwnProject) -> None:
        project.case("track/x\x1b[2Jy", {"type": "track", "userId": "u7", "event": "\x1b[31m"})
        for arguments in (["test"], ["pending"], ["accept", "--all"]):
            out = snap(project, *arguments).out
            assert "acme/track/x\u241b[2Jy" in out
            assert "\x1b" not in out

    def test_mappings_with_errors(self, project: OwnProject) -> None:
        project.edit(TRACK, "did: event", "did: evnt(")
        before = project.state()
        done = snap(project, "test")
        assert (done.code, done.out, project.state()) == (2, "", before)
        wrong = "the mappings have errors, see `mapper validate mappings`; the first: mappings/acme/track.yaml:6:12: "
        assert done.err.startswith(f"error: {wrong}")

    def test_no_lock_here(self, tmp_path: Path) -> None:
        assert quick("snap", "test", cwd=tmp_path) == Ended(
            2,
            "",
            "error: no test file here or below locks mappings\n"
            "  help: run this where your tests are, or name the folder of cases with --cases DIR\n",
        )

    @pytest.mark.parametrize("call", ["lock(str(1))", "lock(*names)", "lock(minimum='2')", "lock(cases=3)"])
    def test_arguments_that_must_be_run(self, call: str, project: OwnProject) -> None:
        project.write("tests/test_mappings.py", f"from mapper.testing import lock\n\ntest_it = {call}\n")
        assert snap(project, "test") == Ended(
            2,
            "",
            "error: tests/test_mappings.py:3: the arguments of lock() can't be read without running it\n"
            "  help: write them as plain texts and numbers, or name the folder of cases with --cases DIR\n",
        )
        assert snap(project, "test", "--cases", "tests/cases") == Ended(0, "3 cases: all fit\n", "")

    @pytest.mark.parametrize(
        ("text", "damage"),
        [
            (b"<<<<<<< HEAD\n[]\n=======\n[{}]\n>>>>>>> mine\n", "holds the marks of a merge conflict"),
            (b'[\n  {"mapping": "track",\n', "is not JSON: ends too early, at line 3, column 1"),
            (b"\x89PNG\r\n\x1a\n\0\0", "is not JSON: expecting value at column 1"),
            (b'{"a": 1}', "is no list of results"),
            (b"[" * 400, "is nested deeper than 128 levels"),
        ],
    )
    def test_snapshot_that_is_nonsense(self, text: bytes, damage: str, project: OwnProject) -> None:
        (project.snapshots / OPENED).write_bytes(text)
        assert snap(project, "test").out == (
            "changed  acme/track/opened\n"
            f"  its snapshot {damage}; `mapper snap accept acme/track/opened` writes it anew\n"
            f"\n3 cases: 2 fit, 1 changed\n{HINT}"
        )

    def test_huge_snapshot(self, project: OwnProject) -> None:
        (project.snapshots / OPENED).write_text("[" + "{},\n" * 260_000 + "{}]\n")
        assert "  the texts are too long to show what differs\n" in snap(project, "test").out

    def test_folder_that_cannot_be_written(self, project: OwnProject) -> None:
        rename(project)
        (project.snapshots / PENDING).mkdir()
        assert snap(project, "test") == Ended(
            2,
            "",
            "error: can't write in tests/snapshots/acme/track: Is a directory\n"
            "  help: make the folder writable, or set CI=1 to compare only\n",
        )

    @pytest.mark.parametrize(
        "command", ["test", "review", "pending", "accept --all", "reject --all", "prune", "new --from x --line 1"]
    )
    def test_without_syrupy(self, command: str, project: OwnProject) -> None:
        nothing = project.root / "nothing"
        nothing.mkdir()
        (nothing / "sitecustomize.py").write_text("import sys\n\nsys.modules['syrupy'] = None\n")
        path = f"{nothing}{os.pathsep}{ROOT}"
        assert mapper("snap", *command.split(), cwd=project.root, env={"PYTHONPATH": path}) == Ended(
            2,
            "",
            "error: snapshots are kept by syrupy, which is not installed\n"
            "  help: `pip install '.[test]'` where mapper was cloned to\n",
        )


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_to_files_both_doors_agree(seed: int, project: OwnProject) -> None:
    """Cases and snapshots deleted, made up, damaged and renamed, and mappings changed."""
    chance = random.Random(seed)
    for user in range(6):
        project.case(f"track/c{user}", {"type": "track", "userId": f"u{user}", "event": f"Event {user}"})
    assert project.pytest("--snapshot-update").code == 0
    if chance.random() < 0.3:
        rename(project)
    files = sorted([*project.cases.rglob("*.json"), *project.snapshots.rglob("*.json")])
    for file in chance.sample(files, chance.randint(1, 6)):
        damage = chance.choice(["delete", "empty", "edit", "rename", "crlf"])
        if damage == "delete":
            file.unlink()
        elif damage == "rename":
            file.rename(file.with_name(f"other-{file.name}"))
        else:
            old = file.read_text()
            file.write_text(
                {"empty": "", "edit": old.replace("u", "v"), "crlf": old.replace("\n", "\r\n")}[damage], newline=""
            )
    said = project.pytest()
    for _ in range(2):  # the second time with pending results there
        done = snap(project, "test")
        assert (verdicts(done.out), done.code) == (verdicts(said.out), said.code)
    snap(project, "accept", "--all")
    snap(project, "prune")
    after = project.pytest()
    assert (verdicts(after.out), after.code) == ([], snap(project, "test").code)


def test_as_a_process_without_a_terminal_there_are_no_colours(project: OwnProject) -> None:
    rename(project)
    done = mapper("snap", "test", cwd=project.root, env={"CI": "", "NO_COLOR": "", "TERM": "xterm"})
    assert (done.code, done.out) == (1, f"{CHANGED}\n3 cases: 2 fit, 1 changed\n{HINT}")
