"""The pretend destination: real HTTP on loopback, told by a sandbox.yaml what to take and what to answer."""

from __future__ import annotations

from mapper.sandbox.error import SandboxError
from mapper.sandbox.faults import parse_fault_option
from mapper.sandbox.sandbox import Sandbox, SandboxOptions
from mapper.sandbox.server import running, serve
from mapper.sandbox.spec import SandboxSpec, load_spec

__all__ = [
    "Sandbox",
    "SandboxError",
    "SandboxOptions",
    "SandboxSpec",
    "load_spec",
    "parse_fault_option",
    "running",
    "serve",
]
