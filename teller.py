"""The teller: sends what waits in the outbox, by the faces that are set up, until it is stopped."""

import asyncio
import signal

from adapters.leases import Leases
from adapters.logs import configure_logs
from adapters.part import beat, pulse_file
from application.links import open_links
from application.telling import Face, Teller
from composition import interlock_of, opened, slack_of
from settings import Settings


async def run(settings: Settings) -> None:
    """Tells people until it is told to stop; what is being sent comes to its end."""
    interlock, stop = await interlock_of(settings), asyncio.Event()
    for signalled in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signalled, stop.set)
    slack = slack_of(settings, interlock)
    faces: list[Face] = [slack.face] if slack else []
    if settings.mail is not None:
        from application.mailing import mail_face  # noqa: PLC0415 -- only where mail is set up

        faces.append(mail_face(interlock, settings.mail, open_links(settings.folder, settings.address, settings.clock)))
    beating = asyncio.create_task(beat(pulse_file(settings.folder, "teller")))
    await Teller(interlock, Leases(opened(settings)), faces).run(stop)
    beating.cancel()


def main() -> None:
    """Entry of the teller process."""
    configure_logs()
    asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
