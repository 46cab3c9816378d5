"""``make fuzz``: coverage-guided fuzzing of whatever reads what others wrote, each target in turn.

What a target fails on is kept in ``findings/TARGET``, where the everyday tests run it again until it is mended, and
after. Exits with 1 where there is something, or where atheris is missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FINDINGS: Final = Path(__file__).parent / "findings"
_KEPT: Final = Path(__file__).parents[2] / ".fuzz"
"""Inputs that reached something new, with which the next run goes on."""
_MOST_BYTES: Final = 4_096
_SLOW: Final = 10
"""Seconds that one input may take."""
_MOST_MEMORY: Final = 2_048


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz each target for its time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--alone", action="store_true", help="fuzz the one target in this process")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print(
            "atheris is not installed: pip install '.[fuzz]'; it needs Linux and Python 3.13 at most", file=sys.stderr
        )
        return 1
    if options.alone:
        _fuzz(options.targets[0], options.seconds)
    from tests.fuzz.targets import TARGETS

    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    failed = [name for name in options.targets or TARGETS if _run(name, options.seconds)]
    for name in failed:
        print(f"{name}: see {FINDINGS / name}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, seconds: int) -> int:
    """In a process of its own: atheris never gives control back."""
    print(f"{name}: {seconds} s", flush=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", name, "--seconds", str(seconds), "--alone"]
    found = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    told = [line for line in found.stdout.splitlines() if not line.startswith(("#", "INFO", "WARNING"))]
    shown = told[-60:] if found.returncode else told[-1:]
    print("\n".join(shown), flush=True)
    return found.returncode


def _fuzz(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["mapper", "jmespath", "yaml"]):
        from tests.fuzz.targets import TARGETS
    kept, findings = _KEPT / name, FINDINGS / name
    for folder in (kept, findings):
        folder.mkdir(parents=True, exist_ok=True)
    _lay_seeds(name, kept)
    options = {
        "max_total_time": seconds,
        "max_len": _MOST_BYTES,
        "timeout": _SLOW,
        "rss_limit_mb": _MOST_MEMORY,
        "dict": kept.with_suffix(".dict"),
        "artifact_prefix": f"{findings}/",
    }
    given = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], str(kept), str(findings), *given], TARGETS[name])
    atheris.Fuzz()


def _lay_seeds(name: str, folder: Path) -> None:
    from tests.fuzz.seeds import seeds, words

    for number, seed in enumerate(seeds()[name]):
        (folder / f"seed-{number}").write_bytes(seed)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words()[name])
    folder.with_suffix(".dict").write_text("".join(f'"{word}"\n' for word in escaped))


if __name__ == "__main__":
    sys.exit(main())
