"""Options of commands that map and send, where they can't be read or make no sense together."""

from __future__ import annotations

from mapper.authoring.quantities import age, size, span
from mapper.base.suggest import did_you_mean
from mapper.base.urls import safe_base
from mapper.cli.console import fail
from mapper.cli.run_options import Options
from mapper.records.spec import CALL_TYPES


def check_run(options: Options) -> None:
    """Refuse what makes no sense for ``mapper run``, before anything is read."""
    if (options.queue is not None or options.cluster is not None) and options.dry_run:
        fail("--dry-run sends nothing, and --queue keeps what is to be sent", "leave one of them out")
    _check_paths(options)
    for kind in options.only:
        if kind not in CALL_TYPES:
            fail(f"--only: there is no call type `{kind}`", did_you_mean(kind, CALL_TYPES) or ", ".join(CALL_TYPES))
    if options.dry_run and options.sandbox:
        fail("--dry-run sends nothing, and --sandbox is somewhere to send to", "leave one of them out")
    if options.sandbox and options.cluster is not None:
        fail("--sandbox is for runs that deliver themselves", "give `mapper work` an address with --base-url")
    if options.sandbox and options.base_url:
        fail("--sandbox has an address of its own", "leave out --sandbox or --base-url")
    if options.keep_dead is not None and options.queue is None and options.cluster is None:
        fail("--keep-dead is about dead letters in a queue", "name one: --queue FILE")
    if size(options.max_call_size) is None:
        fail(f"--max-call-size: can't read `{options.max_call_size}`", "write 32KB or 1MB")
    check_delivery(options)


def _check_paths(options: Options) -> None:
    if options.paths:
        return
    if options.cluster is not None:
        fail("name a file of calls to put into the queue", "`mapper work` delivers what waits in it")
    if options.queue is None:
        fail(
            "name a file of calls",
            "`mapper run FILE`; `-` reads standard input, and --queue FILE alone sends what waits",
        )


def check_delivery(options: Options) -> None:
    """Refuse what no command can deliver by."""
    if options.base_url is not None and not safe_base(options.base_url):
        fail("--base-url must begin with https://", "plain http is for this machine only: http://127.0.0.1:PORT")
    if options.keep_dead is not None and options.cluster is not None:
        fail("--keep-dead is for queues in files", "`mapper dead drop` drops letters by age")
    if options.keep_dead is not None and age(options.keep_dead) is None:
        fail(f"--keep-dead: can't read `{options.keep_dead}`", "write 12h or 90d")
    for name, value in (("--give-up-after", options.give_up_after), ("--grace", options.grace)):
        if value is not None and span(value) is None:
            fail(f"{name}: can't read `{value}`", "write 500ms, 90s, 10m or 2h")
