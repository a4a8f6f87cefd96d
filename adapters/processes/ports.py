"""Ports of this machine: whether they are free, and whether whatever listens on them answers."""

import contextlib
import socket
import time

from adapters.processes.start_errors import CannotStart
from adapters.processes.waiting import BoundedWait

PORT_PATIENCE = 4.0
HTTP1 = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# The start of an HTTP/2 connection: the client preface and an empty SETTINGS frame.
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def require_free(port: int, setting: str, host: str = "127.0.0.1") -> None:
    """Raises CannotStart, naming the setting, if a port stays taken: a killed stack may still be releasing it."""
    waiting = BoundedWait(f"port {port} is still taken", PORT_PATIENCE)
    while (reason := _taken(port, host)) is not None:
        if not waiting.goes_on():
            raise CannotStart(f"Port {port} is taken ({reason}). Set {setting} to a free port.")
        time.sleep(0.1)


def _taken(port: int, host: str) -> str | None:
    """Why the port cannot be bound, or None if it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            return taken.strerror or str(taken)
    return None


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """True if something accepts connections."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def answers_http(port: int, host: str = "127.0.0.1") -> object:
    """The current monotonic time if an HTTP/1 server sends anything at all, otherwise None."""
    return _answers(HTTP1, port, host)


def answers_http2(port: int, host: str = "127.0.0.1") -> object:
    """The same for HTTP/2 (and so gRPC); accepting connections proves nothing, as the kernel does that."""
    return _answers(HTTP2, port, host)


def _answers(greeting: bytes, port: int, host: str) -> object:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5) as connection:
        connection.sendall(greeting)
        if connection.recv(1):
            return time.monotonic()
    return None
