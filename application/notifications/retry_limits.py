"""How often a failed message is sent again, and how long to pause while a service is away."""

from datetime import datetime, timedelta

from application.retries import Retries

# How soon and how often a message is sent again that failed for a reason nobody foresaw.
RETRIES = Retries(timedelta(seconds=1), timedelta(seconds=60), most=8)


class ServicePause:
    """Longer each time the service is away, or as long as it asks for."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self._next = RETRIES.first

    def begin(self, now: datetime, seconds: float | None) -> datetime:
        """Starts a pause; returns its end."""
        begins, until = self.over(now), now + (timedelta(seconds=seconds) if seconds is not None else self._next)
        self.until = until if begins or self.until is None else max(self.until, until)
        if begins:  # of several calls that failed concurrently, only the first lengthens the next pause
            self._next = min(self._next * 2, RETRIES.longest)
        return self.until

    def over(self, now: datetime) -> bool:
        """True if the service may be called."""
        return self.until is None or self.until <= now

    def shorten(self) -> None:
        """The service answered, so the next pause is short again. A pause that it asked for is kept."""
        self._next = RETRIES.first
