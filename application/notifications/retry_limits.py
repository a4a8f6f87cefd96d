"""How long a service that is away is left in peace."""

from datetime import datetime, timedelta

from application.retries import Retries

# How soon and how often a message is sent again that failed for a reason nobody foresaw.
RETRIES = Retries(timedelta(seconds=1), timedelta(seconds=60), most=8)


class ServicePause:
    """Longer each time it is away, as it says where it says."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self._next = RETRIES.first

    def begin(self, now: datetime, seconds: float | None) -> datetime:
        """Starts a pause; gives its end."""
        begins, until = self.over(now), now + (timedelta(seconds=seconds) if seconds is not None else self._next)
        self.until = until if begins or self.until is None else max(self.until, until)
        if begins:  # of several calls that failed side by side, the first lengthens the next pause
            self._next = min(self._next * 2, RETRIES.longest)
        return self.until

    def over(self, now: datetime) -> bool:
        """True where the service may be spoken to."""
        return self.until is None or self.until <= now

    def shorten(self) -> None:
        """The service answered: where it is away again, the pause is short. One that was asked for is kept."""
        self._next = RETRIES.first
