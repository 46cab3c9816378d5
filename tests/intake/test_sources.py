"""Files, directories and standard input."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, Source, find_sources

Write = Callable[..., str]


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may read everything; for these lines be somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_in_the_order_given(write: Write) -> None:
    second, first = write("b.any"), write("a")
    assert find_sources([second, "-", first, second]) == [
        Source(second, second),
        Source("-", "-"),
        Source(first, first),
        Source(second, second),
    ]


def test_a_directory_stands_for_the_files_below_it(tmp_path: Path, write: Write) -> None:
    wanted = [
        "archive/segment-logs/s1/1700000000000/a.gz",
        "archive/segment-logs/s1/1700000000000/b.GZ",
        "archive/segment-logs/s1/1700086400000/a.gz",
        "archive/segment-logs/s1-x/1/a.json",
        "archive/x.jsonl",
        "archive/y.ndjson",
    ]
    for name in reversed(wanted):
        write(name)
    for name in ("archive/.hidden.gz", "archive/.git/a.json", "archive/README.md", "archive/z.csv"):
        write(name)
    (tmp_path / "archive/dir.json").mkdir()
    found = find_sources([str(tmp_path / "archive")])
    assert [source.name for source in found] == [str(tmp_path / name) for name in wanted]


def test_a_directory_is_named_as_it_was_given(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.json")
    monkeypatch.chdir(tmp_path)
    assert [source.name for source in find_sources(["."])] == ["./a.json"]


def refused(*paths: str) -> tuple[str, str | None]:
    with pytest.raises(IntakeError) as caught:
        find_sources(paths)
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.help


def test_what_is_not_there(tmp_path: Path, write: Write) -> None:
    nowhere = (": no such file or directory", "check the path; `-` reads standard input")
    for path in (str(tmp_path / "none"), write("a") + "/b"):
        assert refused(path) == (path + nowhere[0], nowhere[1])


def test_a_directory_without_files_to_read(tmp_path: Path, write: Write) -> None:
    write("dir/notes.txt")
    message = f"{tmp_path}/dir: the directory holds no file to read"
    assert refused(f"{tmp_path}/dir") == (message, "files looked for: *.gz, *.json, *.ndjson, *.jsonl")


def test_a_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        assert refused(path) == (f"{path}: neither a file nor a directory", "give a file, a directory or `-`")


def test_what_may_not_be_read(tmp_path: Path, write: Write) -> None:
    path, directory = Path(write("top/file.json")), tmp_path / "top"
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    path.chmod(0)
    with ordinary_user():
        assert refused(str(path))[0] == f"{path}: permission denied"
        assert refused(str(directory))[0] == f"{path}: permission denied"
        with pytest.raises(IntakeError, match=r"file\.json: permission denied"):
            list(read_lines(Source(str(path), str(path))))
    directory.chmod(0)
    with ordinary_user():
        assert refused(str(directory))[0] == f"{directory}: permission denied"
    directory.chmod(0o755)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a\0b", "a\\x00b: cannot be read: embedded null byte"),
        ("x" * 5000, "x" * 5000 + ": cannot be read: File name too long"),
        ("a\nb", "a\\nb: no such file or directory"),
        ("", ": no such file or directory"),
    ],
    ids=["null", "long", "newline", "empty"],
)
def test_paths_that_cannot_be(path: str, message: str) -> None:
    assert refused(path)[0] == message


def test_standard_input_can_be_read_once() -> None:
    assert refused("-", "-") == ("standard input is given twice", "give `-` once: it can be read only once")


def test_a_file_that_is_gone_when_its_turn_comes(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    with pytest.raises(IntakeError, match="gone: no such file or directory"):
        list(read_lines(Source(gone, gone)))


def test_a_directory_read_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="cannot be read: Is a directory"):
        list(read_lines(Source("dir", str(tmp_path))))


def test_standard_input_is_left_open() -> None:
    stdin = io.BytesIO(b'{"a":1}\n')
    assert [line.raw for line in read_lines(Source("-", "-"), stdin=stdin)] == [b'{"a":1}']
    assert not stdin.closed


def test_a_live_pipe_gives_each_line_as_it_comes() -> None:
    """The writer waits for the reader's answer before it writes on, so a reader that waits for more would hang."""
    code = (
        "import sys; from mapper.intake.read import read_lines; from mapper.intake.sources import Source\n"
        "for line in read_lines(Source('-', '-')): print(line.number, line.raw.decode(), flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for number in (1, 2, 3):
            row = b'{"n":%d}' % number
            child.stdin.write(row + b"\n")
            child.stdin.flush()
            assert child.stdout.readline() == b"%d %s\n" % (number, row)
        child.stdin.close()
        assert child.stdout.read() == b""


def test_a_named_pipe(tmp_path: Path) -> None:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    with subprocess.Popen(["sh", "-c", f"printf '{{}}\\n' > '{path}'"]):
        assert [line.raw for source in find_sources([path]) for line in read_lines(source)] == [b"{}"]


class Failing(io.BytesIO):
    """A disk that fails behind the first block."""

    def read1(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError(5, "Input/output error")
        return super().read1(size)


def test_a_disk_that_fails_is_a_faulty_line() -> None:
    lines = list(read_lines(Source("-", "-"), stdin=Failing(b'{"a":1}\n{"b":')))
    assert [(line.number, line.raw, line.fault) for line in lines] == [
        (1, b'{"a":1}', None),
        (2, b'{"b":', "reading fails: Input/output error"),
    ]
