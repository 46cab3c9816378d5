"""``mapper diff``: what people see of a change, and what they are told where there is nothing to see."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.diffing import CALLS, change, commit, git, project
from tests.cli.kit import Ended, mapper, quick, write
from tests.support.pages import blocks

TEXT = """\
acme/track: 1 of 3 track calls is sent now, and was not: no user
  --> mappings/acme/destination.yaml:9
      user: id(userId, if(type == 'track', messageId))
  events.ndjson:3, m-3
  - skipped: no user
  + {"user":"m-3","did":"closed"}

acme/track: `what` changes from integer to string in 1 of 3 track calls
  --> mappings/acme/track.yaml:8
      what: {$from: properties.what, $as: string}
  events.ndjson:2, m-2
  - 7
  + "7"

acme/track: `did` changes in 2 of 3 track calls
  --> mappings/acme/track.yaml:6
      did: lower(event)
  events.ndjson:1, m-1
  - "Opened"
  + "opened"

acme/identify: `person.full_name` appears in 2 of 2 identify calls
  --> mappings/acme/identify.yaml:8
      full_name: traits.name
  events.ndjson:4, m-4
  + "Ada"

HEAD -> mappings
5 calls of events.ndjson: all differ in 4 ways
"""
MARKDOWN = """\
### What changes from `main` to `HEAD`

**5 calls of events.ndjson: 1 differs in 1 way, 4 do not**

**acme/track**: `"a|b"` changes in 1 of 3 track calls, always from "\\*x\\*" to "\\<b\\>"

<details><summary>HEAD:mappings/acme/track.yaml:7</summary>

````yaml
a|b: {$if: "properties.what == 'Door'", $then: {$const: <b>}} # ```
````

```diff
# events.ndjson:1, m-1
- "*x*"
+ "<b>"
```

</details>
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return project(tmp_path)


def edit(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event)")
    change(acme, "track", "properties.what", "{$from: properties.what, $as: string}")
    change(acme, "identify", "name: traits.name", "full_name: traits.name")
    change(acme, "destination", "id(userId)", "id(userId, if(type == 'track', messageId))")


def plain(done: Ended) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    return found


def sentences(done: Ended) -> list[str]:
    return [each["message"] for each in plain(done)["changes"]]


def refused(*arguments: str | Path, cwd: Path, **env: str) -> str:
    done = quick("diff", *arguments, cwd=cwd, env=env)
    assert (done.code, done.out) == (2, "")
    return done.err


def test_what_changes_what_makes_it_and_an_example(acme: Path) -> None:
    edit(acme)
    done = mapper("diff", cwd=acme)
    assert (done.code, done.out, done.err) == (0, TEXT, "")


def test_the_page_shows_what_the_command_does(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event)")
    change(acme, "destination", "id(userId)", "id(userId, if(type == 'track', messageId))")
    assert quick("diff", cwd=acme).out in blocks("docs/reviewing.md", "")


def test_for_a_pull_request(acme: Path) -> None:
    change(acme, "track", "at: timestamp", "a|b: {$if: \"properties.what == 'Door'\", $then: {$const: '*x*'}}")
    commit(acme)
    git(acme, "checkout", "--quiet", "-b", "feature")
    change(acme, "track", "{$const: '*x*'}}", "{$const: <b>}} # ```")
    commit(acme)
    done = quick("diff", "main..HEAD", "--format", "markdown", cwd=acme)
    assert (done.code, done.out) == (0, MARKDOWN)


def test_for_programs(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event)")
    assert plain(quick("diff", "--format", "json", cwd=acme)) == {
        "old": "HEAD",
        "new": "mappings",
        "corpus": "events.ndjson",
        "alike": False,
        "nothing_before": False,
        "calls": 5,
        "differ": 2,
        "faulty": 0,
        "fault": None,
        "left_out": 0,
        "untried": [],
        "off": [],
        "notes": [],
        "untold": 0,
        "changes": [
            {
                "kind": "changed",
                "destination": "acme",
                "mapping": "track",
                "type": "track",
                "path": "did",
                "paths": [],
                "reason": None,
                "calls": 2,
                "of": 3,
                "always": False,
                "message": "`did` changes in 2 of 3 track calls",
                "place": {"file": "mappings/acme/track.yaml", "line": 6, "column": 8},
                "example": {
                    "file": "events.ndjson",
                    "line": 1,
                    "message_id": "m-1",
                    "old": '"Opened"',
                    "new": '"opened"',
                },
            }
        ],
    }


def test_exit_code_as_git_has_it(acme: Path) -> None:
    assert quick("diff", "--exit-code", cwd=acme).code == 0
    edit(acme)
    assert quick("diff", cwd=acme).code == 0
    assert quick("diff", "--exit-code", cwd=acme).code == 1


def test_mappings_that_say_the_same_need_no_calls(acme: Path) -> None:
    change(acme, "track", "did: event", "did:   event  # as it comes")
    change(acme, "destination", "id(userId)", "id( userId )")
    done = quick("diff", "--exit-code", cwd=acme)
    assert (done.code, done.out) == (0, "HEAD -> mappings\nthe mappings say the same; no call was looked at\n")


def test_another_text_with_the_same_requests(acme: Path) -> None:
    change(acme, "track", "did: event", "did: event || event")
    done = quick("diff", "--exit-code", cwd=acme)
    assert (done.code, done.out) == (0, "HEAD -> mappings\n5 calls of events.ndjson: no difference\n")


def test_versions_are_folders_revisions_and_ranges(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event)")
    commit(acme)
    git(acme, "branch", "next")
    git(acme, "checkout", "--quiet", "-b", "feature", "HEAD~1")
    change(acme, "track", "did: event", "did: upper(event)")
    commit(acme)
    shutil.copytree(acme / "mappings", acme / "before" / "mappings")
    shutil.copytree(acme / "schemas", acme / "before" / "schemas")
    change(acme, "track", "upper(event)", "title_case(event)")  # and this stays uncommitted
    seen = {
        " ".join(versions): [
            (each["example"]["old"], each["example"]["new"])
            for each in plain(quick("diff", *versions, "--format", "json", cwd=acme))["changes"]
        ]
        for versions in (
            ("next",),
            ("next..feature",),
            ("next...feature",),
            ("next..",),
            ("next", "."),
            ("feature", "before"),
            ("before", "mappings"),
            ("before",),
            ("HEAD~1", "feature"),
        )
    }
    assert seen == {
        "next": [('"opened"', '"Opened"')],
        "next..feature": [('"opened"', '"OPENED"')],
        "next...feature": [('"Opened"', '"OPENED"')],
        "next..": [('"opened"', '"OPENED"')],
        "next .": [('"opened"', '"Opened"')],
        "feature before": [],
        "before mappings": [('"OPENED"', '"Opened"')],
        "before": [('"OPENED"', '"Opened"')],
        "HEAD~1 feature": [('"Opened"', '"OPENED"')],
    }


def test_a_project_below_the_top_of_a_repository(tmp_path: Path) -> None:
    acme = project(tmp_path / "acme")
    shutil.rmtree(acme / ".git")
    shutil.move(acme / "schemas", tmp_path / "schemas")
    change(acme, "destination", "../../schemas", "../../../schemas")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    change(acme, "track", "did: event", "did: lower(event)")
    for folder, options in ((acme, []), (tmp_path, ["-m", "acme/mappings", "-e", "acme/events.ndjson"])):
        done = quick("diff", *options, "--format", "json", cwd=folder)
        assert sentences(done) == ["`did` changes in 2 of 3 track calls"]
    change(acme, "track", "  did: lower(event)\n", "")
    [found] = plain(quick("diff", "--format", "json", cwd=acme))["changes"]
    assert found["place"]["file"] == "HEAD:acme/mappings/acme/track.yaml"


def test_a_field_that_is_gone_stands_in_the_old_file(acme: Path) -> None:
    change(acme, "track", "  what: properties.what\n", "")
    [found] = plain(quick("diff", "--format", "json", cwd=acme))["changes"]
    assert found["place"] == {"file": "HEAD:mappings/acme/track.yaml", "line": 8, "column": 9}
    assert (found["example"]["old"], found["example"]["new"]) == ('"Door"', None)


def test_keys_that_vary_are_one_change(acme: Path) -> None:
    change(acme, "identify", "entries(object(traits))", "object(traits)")
    commit(acme)
    change(acme, "identify", "traits: object(traits)", "traits: flatten(traits)")
    write(acme / "events.ndjson", *({**CALLS[3], "traits": {f"t{n}": {"x": n}}} for n in range(30)))
    assert sentences(quick("diff", "--format", "json", cwd=acme)) == [
        "`traits.*` is gone from 30 of 30 identify calls: `traits.t0`, `traits.t1`, `traits.t2`, `traits.t3`,"
        " `traits.t4`, ...",
        '`traits.*` appears in 30 of 30 identify calls: `traits."t0.x"`, `traits."t1.x"`, `traits."t2.x"`,'
        ' `traits."t3.x"`, `traits."t4.x"`, ...',
    ]
    write(acme / "events.ndjson", {**CALLS[3], "traits": {"t0": {"x": 0}}})
    assert sentences(quick("diff", "--format", "json", cwd=acme)) == [
        "`traits.t0` is gone from 1 of 1 identify call",
        '`traits."t0.x"` appears in 1 of 1 identify call',
    ]


def test_of_long_values_the_example_shows_where_they_part(acme: Path) -> None:
    change(acme, "track", "did: event", "did: replace(event, 'END', 'FIN')")
    event = f"{'x' * 500}END{'y' * 300}"
    write(acme / "long.ndjson", {"type": "track", "userId": "u", "event": event})
    found = json.loads(quick("diff", "-e", "long.ndjson", "-f", "json", cwd=acme).out)
    [example] = [each["example"] for each in found["changes"]]
    assert example["old"] == f"…{'x' * 20}END{'y' * 176}…"
    assert example["new"] == f"…{'x' * 20}FIN{'y' * 176}…"


def test_items_of_arrays_are_one_change(acme: Path) -> None:
    change(acme, "identify", "entries(object(traits))", "entries(omit(object(traits), 'name', 'seats'))")
    assert sentences(quick("diff", "--format", "json", cwd=acme)) == [
        "`traits[]` is gone from 2 of 2 identify calls",
    ]


def test_the_rest_is_counted(acme: Path) -> None:
    edit(acme)
    done = quick("diff", "--top", "1", cwd=acme)
    assert done.out.startswith(TEXT.partition("\n\n")[0])
    assert "\n3 more changes are not shown; --top N shows more\n" in done.out


def test_calls_are_limited(acme: Path) -> None:
    edit(acme)
    assert plain(quick("diff", "--limit", "2", "--format", "json", cwd=acme))["calls"] == 2


def test_settings_of_one_side_only(acme: Path) -> None:
    change(acme, "destination", "default: US}", "default: US}\n  shout: {type: boolean, default: false}")
    change(acme, "track", "did: event", "did: if(settings.shout, upper(event), event)")
    assert sentences(quick("diff", "--format", "json", cwd=acme)) == []
    found = sentences(quick("diff", "--set", "shout=true", "--format", "json", cwd=acme))
    assert found == ["`did` changes in 2 of 3 track calls"]
    assert refused("--set", "shot=1", cwd=acme) == (
        "error: --set shot: there is no such setting\n  help: did you mean `shout`?\n"
    )


def test_secrets_never_show(acme: Path) -> None:
    change(acme, "destination", "/v1/", "/v2/")
    done = quick("diff", cwd=acme, env={"ACME_TOKEN": "canary-7"})
    assert '"https://acme.example/v1/***" to "https://acme.example/v2/***"' in done.out
    assert "canary" not in done.out + done.err


def test_a_destination_of_one_side_only_is_a_note(acme: Path) -> None:
    shutil.copytree(acme / "mappings" / "acme", acme / "mappings" / "other")
    other = acme / "mappings" / "other" / "destination.yaml"
    other.write_text(other.read_text().replace("id: acme", "id: other"))
    done = quick("diff", "--exit-code", cwd=acme)
    assert done.code == 1
    assert "note: the destination `other` is only in mappings\n" in done.out


def test_cases_of_the_snapshots_come_first(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event)")
    write(acme / "test_mappings.py", "from mapper.testing import lock", 'test = lock("cases")')
    for name, settings in {"here": {}, "there": {"region": "EU"}, "nowhere": {"region": "MARS"}}.items():
        path = acme / "cases" / "acme" / "track" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, {"about": name, "settings": settings, "call": CALLS[0]})
    found = plain(quick("diff", "--format", "json", cwd=acme))
    assert (found["corpus"], found["calls"], found["left_out"]) == ("the cases in cases", 2, 1)
    assert found["changes"][0]["example"]["file"] == "cases/acme/track/here.json"
    assert found["changes"][0]["example"]["line"] is None


def second(acme: Path, more: str = "") -> None:
    """Another set, with one case; what changes in both is `did`."""
    shutil.copytree(acme / "mappings" / "acme", acme / "mappings" / "other")
    destination = acme / "mappings" / "other" / "destination.yaml"
    destination.write_text(destination.read_text().replace("id: acme", f"id: other\n{more}").replace("acme.", "other."))
    commit(acme)
    for name in ("acme", "other"):
        path = acme / "mappings" / name / "track.yaml"
        path.write_text(path.read_text().replace("did: event", "did: lower(event)"))
    write(acme / "test_mappings.py", "from mapper.testing import lock", 'test = lock("cases", minimum=0)')
    for number, call in enumerate(CALLS[:2]):
        path = acme / "cases" / "acme" / "track" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, {"about": "x", "call": call})


def test_a_change_without_a_case_is_told(acme: Path) -> None:
    second(acme)
    done = quick("diff", cwd=acme)
    assert "acme/track: `did` changes in 2 of 2 track calls\n" in done.out
    assert done.out.endswith(
        "\n2 calls of the cases in cases: all differ in 1 way\n"
        "`other` differs, and no case is for it; --events FILE tries it on calls\n"
    )
    assert plain(quick("diff", "--format", "json", cwd=acme))["untried"] == ["other"]
    assert "no case" not in quick("diff", "--events", "events.ndjson", cwd=acme).out
    shutil.rmtree(acme / "cases" / "acme")
    path = acme / "cases" / "other" / "track" / "one.json"
    path.parent.mkdir(parents=True)
    write(path, {"about": "x", "call": CALLS[0]})
    done = quick("diff", "--exit-code", "--destination", "acme", cwd=acme)
    assert (done.code, done.out) == (
        0,
        "HEAD -> mappings\n"
        "0 calls of the cases in cases: no difference\n"
        "`acme` differs, and no case is for it; --events FILE tries it on calls\n",
    )


def test_calls_are_counted_for_the_destination_that_they_are_for(acme: Path) -> None:
    second(acme)
    path = acme / "cases" / "other" / "track" / "one.json"
    path.parent.mkdir(parents=True)
    write(path, {"about": "x", "call": CALLS[0]})
    assert sentences(quick("diff", "--format", "json", cwd=acme)) == [
        "`did` changes in 2 of 2 track calls",
        '`did` changes in 1 of 1 track call, always from "Opened" to "opened"',
    ]


def test_a_destination_that_is_off_is_compared_and_named(acme: Path) -> None:
    second(acme, "enabled: false\n")
    told = "`other` is off by default, and compared all the same\n"
    done = quick("diff", "--events", "events.ndjson", cwd=acme)
    assert "other/track: `did` changes in 2 of 3 track calls\n" in done.out
    assert done.out.endswith(told)
    assert told not in quick("diff", "--events", "events.ndjson", "-d", "acme", cwd=acme).out
    path = acme / "mappings" / "acme" / "track.yaml"
    path.write_text(path.read_text().replace("lower(event)", "event"))
    assert quick("diff", "--exit-code", "--events", "events.ndjson", cwd=acme).code == 1
    path = acme / "mappings" / "other" / "track.yaml"
    path.write_text(path.read_text().replace("lower(event)", "event || 'x'"))
    assert quick("diff", "--exit-code", "--events", "events.ndjson", cwd=acme).code == 0


def test_a_case_that_is_no_call_is_named(acme: Path) -> None:
    second(acme)
    write(acme / "cases" / "acme" / "track" / "none.json", {"about": "x", "call": {"event": "no type"}})
    assert quick("diff", "--destination", "acme", cwd=acme).out.endswith(
        "\n1 more is no call: cases/acme/track/none.json: no call type: `type` is missing or no text\n"
    )


def test_lines_that_are_no_calls_are_counted(acme: Path) -> None:
    edit(acme)
    write(acme / "mixed.ndjson", "{", "[1]", CALLS[0])
    done = quick("diff", "--events", "mixed.ndjson", cwd=acme)
    assert done.out.endswith(
        "\n1 call of mixed.ndjson: all differ in 1 way\n"
        "2 more are no calls; the first: mixed.ndjson:1: not JSON: ends too early, at column 2\n"
    )


def test_nothing_but_lines_that_are_no_calls(acme: Path) -> None:
    edit(acme)
    (acme / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    message = refused("--events", "picture.png", cwd=acme)
    assert message.startswith("error: there is no call in picture.png: picture.png:1: ")
    assert message.count("\n") == 2


def test_an_empty_file_is_fine(acme: Path) -> None:
    edit(acme)
    write(acme / "empty.ndjson")
    assert (
        quick("diff", "--events", "empty.ndjson", cwd=acme).out
        == "HEAD -> mappings\n0 calls of empty.ndjson: no difference\n"
    )


def test_errors_in_a_version_are_shown(acme: Path) -> None:
    change(acme, "track", "did: event", "did: lower(event")
    commit(acme)
    change(acme, "track", "lower(event", "lower(event)")
    done = quick("diff", cwd=acme)
    assert (done.code, done.out) == (2, "")
    assert "--> HEAD:mappings/acme/track.yaml:6:" in done.err
    assert done.err.endswith(
        "\nerror: the mappings (HEAD) have errors and nothing was compared\n"
        "  help: mend them, or name another version\n"
    )


def test_a_version_that_cannot_be_found(acme: Path) -> None:
    git(acme, "branch", "feature")
    assert refused("featrue", cwd=acme) == (
        "error: git knows no revision `featrue` here\n  help: did you mean `feature`?\n"
    )
    assert refused("zzz", cwd=acme) == (
        "error: git knows no revision `zzz` here\n"
        "  help: it knows feature, main and what `git log --oneline --all` lists; a folder can be named as well\n"
    )
    assert "`git log --oneline --all`" in refused("--", "-x", cwd=acme)
    assert refused("events.ndjson", cwd=acme).startswith("error: events.ndjson is a file\n")
    assert refused("./nowhere", cwd=acme).startswith("error: there is no folder ./nowhere\n")
    assert refused("a", "b", "c", cwd=acme).startswith("error: two versions are compared, and 3 are named\n")
    assert refused("main", "-m", "elsewhere", cwd=acme).startswith(
        "error: the mappings folder elsewhere does not exist\n"
    )
    assert refused("main..main", "-m", "elsewhere", cwd=acme).startswith(
        "error: there are no mappings in elsewhere/ at main\n"
    )
    assert refused("main", "-m", "/", cwd=acme).startswith("error: / is not in the repository ")


def test_a_branch_that_is_only_at_the_remote(acme: Path, tmp_path: Path) -> None:
    git(acme, "branch", "release")
    git(tmp_path, "clone", "--quiet", "--no-single-branch", str(acme), str(tmp_path / "clone"))
    assert refused("release", cwd=tmp_path / "clone").endswith("  help: did you mean `origin/release`?\n")


def test_a_shallow_clone_says_how_to_get_the_rest(acme: Path, tmp_path: Path) -> None:
    edit(acme)
    commit(acme)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{acme}", str(tmp_path / "clone"))
    assert refused("HEAD~1", cwd=tmp_path / "clone") == (
        "error: git knows no revision `HEAD~1` here\n  help: this clone is shallow: run `git fetch --unshallow`, "
        "or in CI check out with all history (fetch-depth: 0)\n"
    )


def test_no_repository_and_no_commit_and_no_git(tmp_path: Path) -> None:
    acme = project(tmp_path / "acme")
    shutil.rmtree(acme / ".git")
    assert refused("main", cwd=acme) == (
        "error: `main` is no folder, and there is no git repository here\n"
        "  help: name two folders of mappings, or run this in a repository\n"
    )
    git(acme, "init", "--quiet")
    assert (
        refused("HEAD..HEAD", cwd=acme) == "error: git knows no revision `HEAD` here\n  help: commit something first\n"
    )
    assert refused("main", cwd=acme, PATH="/nowhere") == (
        "error: `main` is no folder, and git is not installed to look it up\n"
        "  help: install git, or name two folders of mappings\n"
    )


def test_before_there_were_mappings(acme: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The commit that brings the mappings is no error: the hook and the action come with it."""
    new = (
        "note: the destination `acme` is only in mappings\n"
        "there are no mappings at HEAD yet, so that all is new; no call was looked at\n"
    )
    aside = tmp_path_factory.mktemp("aside")
    for folder in (".git", "mappings"):
        shutil.move(acme / folder, aside / folder)
    git(acme, "init", "--quiet", "--initial-branch=main")
    shutil.move(aside / "mappings", acme / "mappings")
    assert quick("diff", "HEAD", cwd=acme) == Ended(0, f"HEAD -> mappings\n{new}", "")
    shutil.move(acme / "mappings", aside / "mappings")
    commit(acme)
    git(acme, "checkout", "--quiet", "-b", "feature")
    assert refused("main..feature", cwd=acme).startswith("error: there are no mappings in mappings/ at feature\n")
    shutil.move(aside / "mappings", acme / "mappings")
    assert quick("diff", cwd=acme) == Ended(0, f"HEAD -> mappings\n{new}", "")
    commit(acme)
    assert quick("diff", "main...HEAD", "--exit-code", cwd=acme).code == 1
    shown = quick("diff", "main...HEAD", "--format", "markdown", cwd=acme)
    assert (shown.code, "**there are no mappings at main...HEAD yet, so that all is new;" in shown.out) == (0, True)
    assert json.loads(quick("diff", "main..HEAD", "-f", "json", "-d", "acme", cwd=acme).out)["nothing_before"] is True


def test_versions_that_share_no_destination(acme: Path) -> None:
    change(acme, "destination", "id: acme", "id: emca")
    assert refused(cwd=acme) == "error: the two share no destination\n  help: HEAD has acme; mappings has emca\n"


def test_no_calls_to_try_them_on(acme: Path) -> None:
    edit(acme)
    (acme / "events.ndjson").unlink()
    assert refused(cwd=acme) == (
        "error: there are no calls to try the mappings on\n  help: name a file of calls with --events FILE\n"
    )
    assert refused("-e", "gone.ndjson", cwd=acme).startswith("error: gone.ndjson: no such file or directory\n")


def test_nothing_is_left_behind(acme: Path, tmp_path: Path) -> None:
    edit(acme)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    mapper("diff", cwd=acme, env={"TMPDIR": str(scratch)})
    assert list(scratch.iterdir()) == []
