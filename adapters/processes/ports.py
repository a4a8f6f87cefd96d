"""Ports of this machine: whether they are free, and whether what listens on them answers."""

import contextlib
import socket
import time

from adapters.processes.start_errors import CannotStart
from adapters.processes.waiting import BoundedWait

PORT_PATIENCE = 4.0
HTTP1 = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# How a client of HTTP/2 begins: its preface, and settings that are empty.
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def require_free(port: int, setting: str, host: str = "127.0.0.1") -> None:
    """Raises CannotStart, naming the setting, where a port stays taken: a stack that was killed still lets go of it."""
    waiting = BoundedWait(f"port {port} is still taken", PORT_PATIENCE)
    while (reason := _taken(port, host)) is not None:
        if not waiting.goes_on():
            raise CannotStart(f"Port {port} is taken ({reason}). Set {setting} to a free port.")
        time.sleep(0.1)


def _taken(port: int, host: str) -> str | None:
    """Why a port cannot be listened on; None where it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            return taken.strerror or str(taken)
    return None


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """True where something accepts connections."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def answers_http(port: int, host: str = "127.0.0.1") -> object:
    """The moment, where a server of HTTP/1 says something, whatever it is."""
    return _answers(HTTP1, port, host)


def answers_http2(port: int, host: str = "127.0.0.1") -> object:
    """The moment, where a server of HTTP/2 (as of gRPC) says something; the kernel alone accepts connections."""
    return _answers(HTTP2, port, host)


def _answers(greeting: bytes, port: int, host: str) -> object:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5) as connection:
        connection.sendall(greeting)
        if connection.recv(1):
            return time.monotonic()
    return None
