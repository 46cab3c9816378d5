"""The OpenAPI document says what the server does: which paths there are, what they take, how they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from openapi_spec_validator import validate

from mapper.server import tracking
from mapper.server.application import METHODS
from tests.server.kit import KEY, SECRET, Server

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "docs" / "openapi.yaml"
SCHEMATHESIS: Final = Path(sys.prefix, "schemathesis", "bin", "st")
"""Where `make clients` puts it."""
ALIKE: Final = "/v1/(identify|page|screen|group|alias|[ipsga]|import)"
"""Paths of which another one has the very same item in the document."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    with pytest.raises(Exception, match="is a required property"):
        validate({**document, "info": {}})


def test_it_has_the_paths_and_methods_of_the_server(document: dict[str, Any]) -> None:
    calls = (*tracking.SINGLE, *tracking.BATCH, tracking.METRICS)
    served = {f"/v1/{name}": METHODS["tracking"] for name in calls}
    served |= {"/v1/projects/{key}/settings": METHODS["settings"], "/webhooks/{name}": METHODS["webhooks"]}
    served |= {f"/{name}": METHODS[name] for name in ("health", "ready", "metrics")}
    assert METHODS.keys() == {"tracking", "settings", "webhooks", "health", "ready", "metrics"}
    told = {path: _methods(document, item) for path, item in document["paths"].items()}
    assert told == {path: set(methods) for path, methods in served.items()}


def _methods(document: dict[str, Any], item: dict[str, Any]) -> set[str]:
    if "$ref" in item:
        item = document["components"]["pathItems"][item["$ref"].rpartition("/")[2]]
    return {key.upper() for key in item if key != "parameters"}


def test_its_limits_are_those_of_the_server(document: dict[str, Any]) -> None:
    told = document["info"]["description"]
    for limit in (tracking.MOST_BYTES_OF_CALL, tracking.MOST_BYTES, 5_000_000):
        assert f"{limit:,}" in told
    assert document["components"]["schemas"]["Batch"]["properties"]["batch"]["maxItems"] == tracking.MOST_CALLS


def test_its_examples_are_taken(document: dict[str, Any], server: Server) -> None:
    schemas = document["components"]["schemas"]
    for path, name in (("track", "Call"), ("batch", "Batch")):
        for example in schemas[name]["examples"]:
            assert server.client.post(f"/v1/{path}", json={**example, "writeKey": KEY}).status_code == 200


@pytest.mark.long
def test_the_server_does_what_it_says(
    server: Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Hundreds of requests that fit the document or miss it by a little, each answered as it says."""
    if not SCHEMATHESIS.exists():
        pytest.skip("schemathesis is not installed; `make clients` installs it")
    report = tmp_path / "report.json"
    found = subprocess.run(
        [
            *(SCHEMATHESIS, "--config-file", ROOT / "tests" / "server" / "schemathesis.toml", "--no-color"),
            *("run", FILE, "--url", server.base_url, "--auth", f"{KEY}:"),
            *(["--seed", "1"] if os.environ.get("CI") else []),
            *("--include-path-regex", f"^(?!{ALIKE}$)"),
            *("--report", "json", "--report-json-path", report),
        ],
        env={**os.environ, "MAPPER_HOOK_SECRET": SECRET, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]
    told = json.loads(report.read_text())
    assert told["test_cases"]["generated"] > 150 and told["operations"]["errored"] == 0
    assert 'path="webhooks",status="200"' in server.client.get("/metrics").text, "no webhook was signed"
    record_property("shown", f"{told['test_cases']['generated']:,} requests, each answered as the document says")
    assert not server.complaints
    server.settle()
    assert server.client.get("/ready").status_code == 200
