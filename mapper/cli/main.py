"""The ``mapper`` command. Each command's module is imported only when it is called."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from mapper.authoring.shipped import InstallationError
from mapper.cli import compile as compile_command
from mapper.cli import evaluate, functions, init, rules, run, sandbox, validate
from mapper.cli.console import INTERRUPTED, USAGE, Exit, complain

app = typer.Typer(
    name="mapper",
    help="Segment calls in, a destination's requests out: declarative, typed, tested mappings.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and those may hold secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (validate.validate, run.run, sandbox.sandbox, functions.functions, rules.rules, init.init):
    app.command()(_command)
app.command("eval")(evaluate.evaluate)
app.command("compile")(compile_command.compile_)


def _version(asked: bool) -> None:
    if asked:
        from mapper import __version__

        print(f"mapper {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Segment calls in, a destination's requests out: declarative, typed, tested mappings."""


def main() -> None:
    """Run the command line, and exit with its code."""
    try:
        app()
    except Exit as end:
        sys.exit(end.code)
    except InstallationError as error:
        complain(str(error))
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; give the interpreter nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
