"""The ``mapper`` command. Only the module of the command that was called is imported, and what it needs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Final

import typer

from mapper.authoring.shipped import InstallationError
from mapper.cli.console import FINDINGS, INTERRUPTED, USAGE, Exit, complain
from mapper.cli.streams import give_up_output, prepare

_COMMANDS: Final = {
    "validate": "validate:validate",
    "run": "run:run",
    "serve": "serve:serve",
    "status": "status:status",
    "tail": "tail:tail",
    "dead": "dead:dead",
    "queue": "queue:queue",
    "work": "work:work",
    "nats": "nats:nats",
    "sandbox": "sandbox:sandbox",
    "functions": "functions:functions",
    "rules": "rules:rules",
    "explain": "explain:explain",
    "coverage": "coverage:coverage",
    "diff": "diff:diff",
    "drift": "drift:drift",
    "init": "init:init",
    "new": "new:new",
    "snap": "snap:snap",
    "eval": "evaluate:evaluate",
    "compile": "compile:compile_",
}
"""By name, in the order in which help lists them: the module of this package, and the function or group in it."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing our output fails with where the disk behind it takes no more."""


def _version(asked: bool) -> None:
    if asked:
        from mapper import __version__

        print(f"mapper {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Segment calls in, a destination's requests out: declarative, typed, tested mappings."""


def application(names: Iterable[str] = _COMMANDS) -> typer.Typer:
    """The command line with these commands; importing a command and reading its options takes milliseconds each."""
    app = typer.Typer(
        name="mapper",
        help="Segment calls in, a destination's requests out: declarative, typed, tested mappings.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # its tracebacks show local variables, and those may hold secrets
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        module, function = _COMMANDS[name].split(":")
        command = getattr(import_module(f"mapper.cli.{module}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Run the command line, and exit with its code."""
    called = sys.argv[1:2]
    prepare()
    try:
        try:
            application(called if called and called[0] in _COMMANDS else _COMMANDS)()
        finally:
            sys.stdout.flush()  # here, where a disk that is full can be told
    except Exit as end:
        sys.exit(end.code)
    except InstallationError as error:
        complain(str(error))
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has gone
        give_up_output()
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        give_up_output()
        complain(f"the output can't be written: {error.strerror}")
        sys.exit(FINDINGS)
    finally:
        # An interrupt that fell into code run by exec, as imports have it, would end the interpreter by the signal,
        # though it was caught and given an exit code; it is forgotten at the next exec.
        exec("")
