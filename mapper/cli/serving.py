"""What ``mapper serve`` does: prepare, serve, and say how it ended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mapper.app.ledger import UnbalancedError
from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, find_root, load_project
from mapper.app.settings import Sources, resolve_all
from mapper.app.wiring import Wired, wire
from mapper.authoring.quantities import age, span
from mapper.base.extras import pip_install
from mapper.base.json import encode
from mapper.cli.clustering import cluster_of
from mapper.cli.console import FINDINGS, INTERRUPTED, USAGE, Exit, complain, fail
from mapper.cli.ledger import tell_unbalanced
from mapper.cli.preparing import bases_of, prepare, resolved, sources_of, wired_for
from mapper.cli.run_checks import check_delivery
from mapper.cli.run_options import Options
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.send import BadTrustError, HttpSender
from mapper.engine.target import TargetError
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import CALL_TYPES
from mapper.server.reload import Fingerprint, look, taken

if TYPE_CHECKING:
    from mapper.server.config import ServerConfig
    from mapper.server.serving import Serving


def run_server(config_file: Path | None, given: Mapping[str, str | None], *, verbose: bool, options: Options) -> None:
    """Serve until a signal ends it. `given`: what goes before the same key of the configuration."""
    _require_libraries()
    from mapper.server.config import load_config
    from mapper.server.fault import ConfigError

    environment = dict(os.environ)
    try:
        config = load_config(config_file, environment, given)
        if _serve(*_prepared(config, environment, options, verbose=verbose), options) > 1:
            raise Exit(INTERRUPTED)
    except ConfigError as error:
        for fault in error.faults:
            complain(*fault)
        raise Exit(USAGE) from None
    except (ProjectError, QueueFileError, BadTrustError) as error:
        fail(str(error), error.help)
    except UnbalancedError as error:
        tell_unbalanced(error)
        raise Exit(FINDINGS) from None


def _prepared(
    config: ServerConfig, environment: Mapping[str, str], options: Options, *, verbose: bool
) -> tuple[Serving, Wired]:
    """What to serve, and the mappings as they are now."""
    from mapper.server.log import log
    from mapper.server.serving import Serving

    cluster = cluster_of(config.queue)
    check_delivery(replace(options, cluster=cluster))
    root, _ = find_root(options.mappings, Path.cwd())
    before = look(root)  # what changes from now on is noticed
    project, specs = prepare(options)
    sources = replace(sources_of(options), environment=environment)
    values = resolved(specs, sources, secrets=cluster is None)  # who only puts needs no keys
    wired = _warm(wired_for(project, specs, values, bases_of(options, specs), long=True))
    log("mappings read", destinations=[spec.id for spec in specs], mappings=project.origin)
    serving = Serving(
        config=config,
        cluster=cluster,
        root=root,
        seen=taken(before, project.files),
        wire=partial(_loaded, root, options, sources, secrets=cluster is None),
        concurrency=options.concurrency,
        grace=span(options.grace) or 0.0,
        keep_dead=None if options.keep_dead is None else age(options.keep_dead),
        verbose=verbose,
    )
    return serving, wired


def _serve(serving: Serving, wired: Wired, options: Options) -> int:
    """How many signals ended it."""
    import uvloop

    from mapper.server.serving import serve

    async def main() -> int:
        sender = HttpSender(ca_file=options.ca_file, proxy=options.proxy, connections=options.concurrency)
        async with sender:
            return await serve(serving, wired, sender)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def _require_libraries() -> None:
    """End the command where the extra is not installed, or not as it must be."""
    try:
        import uvloop  # noqa: F401 - whether it is there

        from mapper.server.needs import OLDEST, lacking, too_old, version

        is_old = too_old()
        lacks = next(lacking(), None)
    except ModuleNotFoundError as error:
        fail(f"`mapper serve` needs the extra `server`: {error.name} is missing", pip_install("server"))
    if is_old:
        fail(f"uvicorn {version()} is not supported: it is older than {OLDEST}", f"`pip install 'uvicorn>={OLDEST}'`")
    if lacks is not None:
        fail(f"uvicorn {version()} is not supported: it has no `{lacks}`", f"`pip install 'uvicorn=={OLDEST}'` has it")


def _loaded(root: Path, options: Options, sources: Sources, *, secrets: bool) -> tuple[Wired | str, Fingerprint]:
    """The mappings as they are by now, and what they are made of; what is wrong instead, where they can't be used."""
    before = look(root)
    try:
        project = load_project(root)
    except ProjectError as error:
        return str(error), before
    return _usable(project, options, sources, secrets=secrets), taken(before, project.files)


def _usable(project: Project, options: Options, sources: Sources, *, secrets: bool) -> Wired | str:
    """The mappings as a run has them; what is wrong with them instead, where they can't be used."""
    try:
        errors = project.errors
        if errors:
            where = describer(project.documents)(errors[0].primary)
            more = f"{_count(errors)}, the first: {where}: {errors[0].message}"
            return f"{more}; `mapper validate {project.root}` shows them"
        specs = project.choose(options.destinations)
        values, problems = resolve_all(specs, sources, secrets=secrets)
        if problems:
            return problems[0].line
        describe, bases = describer(project.documents), bases_of(options, specs)
        return _warm(wire(specs, values, describe=describe, base_urls=bases, long=True))
    except (ProjectError, TargetError) as error:
        return str(error)


def _warm(wired: Wired) -> Wired:
    """Compile now, lest the first call of a type waits for it, as others would meanwhile."""
    for kind in CALL_TYPES:
        usual = {"type": kind, "userId": "u"}
        wired.apply([encode(usual), encode({**usual, "context": [], "traits": [], "properties": []})])
    return wired


def _count(errors: list[Diagnostic]) -> str:
    return "1 error" if len(errors) == 1 else f"{len(errors)} errors"
