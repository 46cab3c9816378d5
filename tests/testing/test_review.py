"""``mapper snap review`` at a real terminal: one key each, and what is decided stays decided."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mapper.app.init import create
from tests.cli.kit import Ended, quick
from tests.support.pages import blocks, text
from tests.testing.kit import OwnProject
from tests.testing.terminal import Terminal, terminal

pytest_plugins = ["pytester"]

TRACK = "mappings/acme/track.yaml"
DESTINATION = "mappings/acme/destination.yaml"
KEYS = "a accept  r reject  s skip  d all of it  q quit"
LIKE = "a accept  r reject  s skip  l accept all 3 like this  d all of it  q quit"
OPENED_PAGE = f"""\
1 of 2  changed  acme/track/opened
shows track/opened
tests/cases/acme/track/opened.json:1

call
  event  "Opened"

done  {TRACK}:6
  done: event
did  {TRACK}:4
  body:

@@ -9,5 +9,5 @@
       "body": {{
         "user": "u2",
-        "did": "Opened"
+        "done": "Opened"
       }}
     }}

{KEYS}"""
SKIPPED_PAGE = f"""\
2 of 2  changed  acme/track/without-user
shows track/without-user
tests/cases/acme/track/without-user.json:1

call
  type   "track"
  event  "Closed"

skipped  {DESTINATION}:9
  - {{when: '!userId', because: nobody}}

@@ -1,5 +1,5 @@
 [
   {{
-    "skipped": "no user"
+    "skipped": "nobody"
   }}
 ]

{KEYS}"""


@pytest.fixture
def changed(project: OwnProject) -> OwnProject:
    """A project where two cases changed, each in its own way."""
    project.edit(TRACK, "did: event", "done: event")
    project.edit(DESTINATION, "because: no user", "because: nobody")
    return project


def alike(project: OwnProject) -> None:
    """Three cases that change in one way, and one that changes in another."""
    for user in ("u5", "u6"):
        project.case(f"track/{user}", {"type": "track", "userId": user, "event": f"Event of {user}"})
    assert project.pytest("--snapshot-update").code == 0
    project.edit(TRACK, "did: event", "done: event")
    project.edit(DESTINATION, "because: no user", "because: nobody")


def page(at: Terminal) -> str:
    """Wait for the next page, and give what is on the screen."""
    at.until("q quit")
    assert len(at.plain) <= 24
    assert max(map(len, at.plain)) <= 80
    return "\n".join(at.plain)


def ending(at: Terminal, code: int = 0) -> str:
    """The last line, at the end."""
    assert at.end() == code
    return at.plain[-1]


def test_accept_and_reject(changed: OwnProject) -> None:
    before = changed.state()
    with terminal("snap", "review", cwd=changed.root) as at:
        assert page(at) == OPENED_PAGE
        assert '\x1b[31m-        "did": "Opened"\x1b[0m' in at.screen
        assert '\x1b[32m+        "done": "Opened"\x1b[0m' in at.screen
        at.press("a")
        assert page(at) == SKIPPED_PAGE
        assert '"done"' in changed.state()["acme/track/opened.json"], "only written at the end"
        at.press("r")
        assert ending(at, 1) == "2 changes: 1 accepted, 1 rejected"
    expected = before | {"acme/track/opened.json": before["acme/track/opened.json"].replace('"did"', '"done"')}
    assert changed.state() == expected


def test_the_page_in_the_docs_is_what_comes_of_the_change_in_the_readme(tmp_path: Path) -> None:
    create(tmp_path / "own")
    track = tmp_path / "own/mappings/natero/track.yaml"
    (line,) = blocks("README.md", "yaml")
    track.write_text("".join(re.sub(r"^  module: .*\n", line, old) for old in track.read_text().splitlines(True)))
    with terminal("snap", "review", cwd=tmp_path / "own") as at:
        assert f"```\n{page(at)}\n```" in text("docs/snapshots.md")
        at.press("q")
        assert ending(at, 1) == "4 changes: 4 not looked at"


def test_skip_and_quit_leave_it_pending(changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root) as at:
        page(at)
        at.press("s")
        page(at)
        at.press("q")
        assert ending(at, 1) == "2 changes: 1 skipped, 1 not looked at"
    listed = quick("snap", "pending", cwd=changed.root, env={"CI": ""})
    assert listed.out == "changed  acme/track/opened\nchanged  acme/track/without-user\n"


def test_all_like_this(project: OwnProject) -> None:
    alike(project)
    with terminal("snap", "review", cwd=project.root) as at:
        assert page(at).endswith(LIKE)
        at.press("l")
        assert page(at).startswith("4 of 4  changed  acme/track/without-user\n")
        at.press_alone("l")  # is like no other
        at.press("s")
        assert ending(at, 1) == "4 changes: 3 accepted, 1 skipped"
    done = quick("snap", "test", "--quiet", cwd=project.root, env={"CI": ""})
    assert done.out.startswith("changed  acme/track/without-user\n\n5 cases: 4 fit, 1 changed\n")


def test_ctrl_c_leaves_what_is_decided(changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root) as at:
        page(at)
        at.press("a")
        page(at)
        at.interrupt()
        assert at.end() == 130
        assert at.plain[-1] == "2 changes: 1 accepted, 1 not looked at"
    assert '"done"' in changed.state()["acme/track/opened.json"]


def test_terminal_that_goes_away_leaves_what_is_decided(changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root) as at:
        page(at)
        at.press("a")
        page(at)
        at.press("\x04")
        assert ending(at, 1) == "2 changes: 1 accepted, 1 not looked at"


@pytest.mark.parametrize("keys", ["\x1b[D", "aa", "é", "x", "\r"])
def test_arrow_keys_pasted_text_and_others_decide_nothing(keys: str, changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root) as at:
        page(at)
        at.press_alone(keys)
        at.press("q")
        at.end()
        assert at.plain[-1] == "2 changes: 2 not looked at"


def test_keys_pressed_before_there_is_anything_to_see_decide_nothing(changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root) as at:
        at.press("aa\na")
        page(at)
        at.press("q")
        assert ending(at, 1) == "2 changes: 2 not looked at"


def test_all_of_it(project: OwnProject) -> None:
    project.case(
        "track/long", {"type": "track", "userId": "u7", "event": "Long", "properties": {"about": "word " * 40}}
    )
    project.edit(TRACK, "  did: event", "  did: properties.about\n" + "".join(f"  f{n}: event\n" for n in range(20)))
    with terminal("snap", "review", "long", cwd=project.root) as at:
        cut = page(at)
        assert "… 25 more lines: d shows all\n" in cut
        assert "word word wor…\n" in cut
        at.press("d")
        at.until("q quit")
        shown = "\n".join(at.plain)
        assert '+        "f19": "Long"' in shown
        assert "word " * 39 in shown
        at.press("a")
        assert ending(at) == "1 change: 1 accepted"


def test_new_case_and_damaged_snapshot(project: OwnProject) -> None:
    (project.snapshots / "acme/identify/ada.json").unlink()
    (project.snapshots / "acme/track/opened.json").write_text("<<<<<<< ours\n[]\n=======\n>>>>>>> theirs\n")
    project.write("tests/snapshots/acme/track/gone.json", "[]\n")
    with terminal("snap", "review", cwd=project.root) as at:
        first = page(at)
        assert first.startswith("1 of 2  missing  acme/identify/ada\n")
        assert '\n  traits.name  "Ada"\n' in first
        assert '\n+        "name": "Ada"\n' in first
        at.press("a")
        assert "\nits snapshot holds the marks of a merge conflict\n@@ -0,0 +1,15 @@\n+[\n" in page(at)
        at.press("a")
        assert at.end() == 1
        assert at.plain[-2:] == ["2 changes: 2 accepted", "orphaned acme/track/gone"]
    assert quick("snap", "test", "acme", cwd=project.root, env={"CI": ""}).code == 0


def test_results_of_a_new_mapping_have_the_rule_that_gives_them(project: OwnProject) -> None:
    skips = "skip:\n  - {when: event == 'Opened', because: twice}\n"
    body = "request: event\nbody: {user: userId}\n"
    project.write("mappings/acme/copy.yaml", f"mapper: 1\naccepts: track\n{skips}{body}")
    with terminal("snap", "review", "acme/track/opened", cwd=project.root) as at:
        assert "\nskipped  mappings/acme/copy.yaml:4\n  - {when: event == 'Opened', because: twice}\n" in page(at)
        at.press("q")
    project.edit("mappings/acme/copy.yaml", skips, "")
    with terminal("snap", "review", "acme/track/opened", cwd=project.root) as at:
        assert "\nbody  mappings/acme/copy.yaml:4\n  body: {user: userId}\n" in page(at)
        at.press("q")


def test_nothing_to_review(project: OwnProject) -> None:
    with terminal("snap", "review", cwd=project.root) as at:
        assert ending(at) == "nothing to review: no snapshot of 3 cases changed or is missing"


def test_without_colours(changed: OwnProject) -> None:
    with terminal("snap", "review", cwd=changed.root, env={"NO_COLOR": "1", "TERM": "dumb"}) as at:
        at.until("q quit")
        at.press("q")
        at.end()
        assert "\x1b" not in at.text


def test_at_a_narrow_and_a_wide_terminal(changed: OwnProject) -> None:
    for columns in (50, 120):
        with terminal("snap", "review", cwd=changed.root, columns=columns, rows=30) as at:
            at.until("q quit")
            assert max(map(len, at.plain)) <= columns
            at.press("q")
            at.end()


def test_not_at_a_terminal(changed: OwnProject) -> None:
    assert quick("snap", "review", cwd=changed.root, env={"CI": ""}) == Ended(
        2,
        "",
        "error: review needs a terminal\n"
        "  help: `mapper snap test` shows what changed; `mapper snap accept NAME...`, or --all, accepts it\n",
    )
    assert json.loads(changed.state()["acme/track/opened.json"])[0]["request"]["body"]["did"] == "Opened"
