"""Files as a git revision has them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from mapper.app.project import ProjectError
from mapper.base.suggest import did_you_mean

_SECONDS: Final = 120
"""For one command of git's; a partial clone may have to fetch."""
_MANY: Final = 5
"""Branches and tags that a message lists."""
_NAMED: Final = re.compile(r"""["']([^"'\n]+\.(?:json|ya?ml))["']|([^\s"'\[\]{},#=]+\.(?:json|ya?ml))""")
"""Names of files in the text of mappings and schemas."""


class Repository:
    """The git repository that a folder lies in; its working tree is not looked at.

    Raises:
        ProjectError: git is not installed, or there is no repository.
    """

    def __init__(self, folder: Path, wanted: str) -> None:
        self._folder = folder
        self._wanted = wanted
        done = self._git("rev-parse", "--show-toplevel", "--is-shallow-repository")
        if done.returncode:
            self._refuse(done)
        top, shallow = done.stdout.decode().splitlines()
        self.top = Path(top)
        self._shallow = shallow == "true"

    @property
    def born(self) -> bool:
        """Whether there is a commit."""
        return self._hash("HEAD") is not None

    def commit(self, revision: str) -> str:
        """The hash of a commit.

        Raises:
            ProjectError: there is no such commit here.
        """
        found = self._hash(revision)
        if found is None:
            raise ProjectError(f"git knows no revision `{revision}` here", self._instead(revision))
        return found

    def base(self, one: str, other: str) -> str:
        """The hash of the last commit that both grew from.

        Raises:
            ProjectError: there is none here.
        """
        done = self._git("merge-base", self.commit(one), self.commit(other))
        if done.returncode:
            raise ProjectError(
                f"{one} and {other} have no commit in common here", self._deepen() or "name two revisions"
            )
        return done.stdout.decode().strip()

    def extract(self, commit: str, folder: PurePosixPath, to: Path) -> bool:
        """Write a folder as a commit has it, and the files elsewhere that it names; False where it has none.

        Args:
            commit: Its hash.
            folder: Relative to the top of the repository.
            to: Takes the place of that top.
        """
        blobs = self._blobs(commit)
        wanted = {path for path in blobs if folder in path.parents}
        found = bool(wanted)
        done: set[PurePosixPath] = set()
        while wanted:
            texts = dict(self._read({path: blobs[path] for path in sorted(wanted)}))
            for path, content in texts.items():
                target = to.joinpath(*path.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            done |= wanted
            wanted = {path for name, text in texts.items() for path in _named(name, text) if path in blobs} - done
        return found

    def _blobs(self, commit: str) -> dict[PurePosixPath, str]:
        """The hash of each file's content; links and modules are left out."""
        done = self._checked("ls-tree", "-r", "-z", "--full-tree", commit)
        entries = (entry.partition("\t") for entry in os.fsdecode(done).split("\0") if entry)
        return {PurePosixPath(name): head.split()[2] for head, _, name in entries if head.startswith("100")}

    def _read(self, blobs: Mapping[PurePosixPath, str]) -> Iterator[tuple[PurePosixPath, bytes]]:
        asked = "".join(f"{name}\n" for name in blobs.values()).encode()
        rest = self._checked("cat-file", "--batch", given=asked)
        at = 0
        for path in blobs:
            head, at = rest[at : (end := rest.index(b"\n", at))], end + 1
            size = int(head.split()[2])
            yield path, rest[at : at + size]
            at += size + 1

    def _hash(self, revision: str) -> str | None:
        if revision.startswith("-"):
            return None
        done = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def _instead(self, revision: str) -> str:
        if deepen := self._deepen():
            return deepen
        names = self._checked("for-each-ref", "--format=%(refname:short)").decode().split()
        if not names:
            return "commit something first"
        remote = next((name for name in names if name.endswith(f"/{revision}")), None)
        if remote:
            return f"did you mean `{remote}`?"
        if near := did_you_mean(revision, names):
            return near
        some = f"{', '.join(names[:_MANY])}{', ...' * (len(names) > _MANY)}"
        return f"it knows {some} and what `git log --oneline --all` lists; a folder can be named as well"

    def _deepen(self) -> str | None:
        if not self._shallow:
            return None
        return (
            "this clone is shallow: run `git fetch --unshallow`, or in CI check out with all history (fetch-depth: 0)"
        )

    def _checked(self, *arguments: str, given: bytes = b"") -> bytes:
        done = self._git(*arguments, given=given)
        if done.returncode:
            self._refuse(done)
        return done.stdout

    def _git(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        env = os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        command = ["git", "-C", str(self._folder), *arguments]
        try:
            return subprocess.run(command, input=given, capture_output=True, check=False, timeout=_SECONDS, env=env)
        except FileNotFoundError:
            help_ = "install git, or name two folders of mappings"
            raise ProjectError(f"{self._wanted} is no folder, and git is not installed to look it up", help_) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProjectError(f"git can't be run: {error}", "name two folders of mappings") from None

    def _refuse(self, done: subprocess.CompletedProcess[bytes]) -> None:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if any("not a git repository" in line for line in said):
            help_ = "name two folders of mappings, or run this in a repository"
            raise ProjectError(f"{self._wanted} is no folder, and there is no git repository here", help_)
        why = next(iter(said), "it does not say why").removeprefix("fatal: ")
        raise ProjectError(f"git refuses: {why}", "name two folders of mappings if that can't be helped")


def _named(file: PurePosixPath, text: bytes) -> Iterable[PurePosixPath]:
    """The files that a text may name, relative to its own place."""
    if file.suffix not in (".json", ".yaml", ".yml"):
        return
    for match in _NAMED.finditer(text.decode(errors="replace")):
        path = os.path.normpath(file.parent / (match[1] or match[2]))
        if not path.startswith(".."):
            yield PurePosixPath(path)
