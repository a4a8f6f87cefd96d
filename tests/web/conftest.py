"""The running stack whose pages are opened."""

from tests.stack import stack, temporal_server

__all__ = ["stack", "temporal_server"]
