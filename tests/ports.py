"""Free ports for the servers that tests start."""

import random
import socket
from collections.abc import Iterator
from functools import cache

# Below the ports that systems give to outgoing connections: one of those would be taken before a server is up, and
# while a killed server is started again.
FIRST, LAST = 12_000, 32_000


def free_ports(wanted: int) -> list[int]:
    """Ports on which nothing listens, none of which this process was given before."""
    return [next(_free()) for _ in range(wanted)]


@cache
def _free() -> Iterator[int]:
    """All free ports once, in an order of this process's own: other test processes are looking too."""
    every = list(range(FIRST, LAST))
    random.SystemRandom().shuffle(every)
    return filter(_is_free, every)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
