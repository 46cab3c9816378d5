"""A destination without rules, that tells when it is asked."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote


@dataclass
class Echo:
    """A destination that repeats the keys in what it answers, in every form.

    Attributes:
        status: Of every answer; 0: it never answers.
        delay: Seconds before each answer.
        asked: Set when the first request has come.
        paths: Of the requests that came.
        lines: Lines in the bodies that came.
    """

    status: int
    delay: float = 0
    asked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    paths: list[str] = field(default_factory=list)
    lines: int = 0

    @contextmanager
    def serving(self, context: ssl.SSLContext | None = None) -> Iterator[str]:
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                echo.paths.append(self.path)
                echo.lines += len(content.splitlines())
                echo.asked.set()
                echo.over.wait(echo.delay)
                if not echo.status:
                    echo.over.wait()
                    self.close_connection = True
                    return
                body = f"no {self.path}, {quote(self.path, safe='')}, ".encode() + base64.b64encode(self.path.encode())
                self.send_response(echo.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass

        with Server(("127.0.0.1", 0), Handler) as server:
            if context:
                server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
            finally:
                self.over.set()
                server.shutdown()
