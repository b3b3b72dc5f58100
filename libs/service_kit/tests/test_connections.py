"""Connections of the HTTP server, without a service behind it."""

import socket
from collections.abc import Iterable
from typing import Any

import eventlet

from service_kit import connections


def test_a_long_answer_is_not_kept_back() -> None:
    """An answer goes in as many writes as it needs, and none waits for the other end's receipt of the one before."""
    kept_back: list[int] = []

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        end = environ["eventlet.input"].get_socket()
        kept_back.append(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start("200 OK", [("Content-Length", "65536")])
        return [b"." * 65536]

    listening = eventlet.listen(("127.0.0.1", 0))
    server = connections.Server(listening, app, counted=lambda _: None)
    serving = eventlet.spawn(lambda: server.serve(*listening.accept()))
    client = eventlet.connect(listening.getsockname())
    client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    answer = b"".join(iter(lambda: client.recv(65536), b""))
    serving.wait()
    client.close()
    listening.close()
    assert answer.endswith(b"." * 65536)
    assert kept_back == [1]
