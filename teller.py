"""The teller: sends what waits in the outbox, by the faces that are set up, until it is stopped."""

import asyncio
import signal

from adapters.leases import Leases
from adapters.logs import configure_logs
from adapters.part import beat, pulse_file
from application.interlock import Interlock
from application.links import open_links
from application.telling import Face, Teller
from composition import interlock_of, opened, slack_of
from settings import Settings


async def run(settings: Settings) -> None:
    """Tells people until it is told to stop; what is being sent comes to its end."""
    interlock, stop = await interlock_of(settings), asyncio.Event()
    for signalled in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signalled, stop.set)
    beating = asyncio.create_task(beat(pulse_file(settings.folder, "teller")))
    faces = _faces(settings, interlock)
    if faces:
        await Teller(interlock, Leases(opened(settings)), faces).run(stop)
    else:  # all of it waits, and nothing is given up
        await stop.wait()
    beating.cancel()


def _faces(settings: Settings, interlock: Interlock) -> list[Face]:
    """The ways in which people are told, the first that reaches somebody first."""
    slack = slack_of(settings, interlock)
    faces: list[Face] = [slack.face] if slack else []
    if settings.mail is None and settings.mail_folder is None:
        return faces
    from application.mailing import kept_mail_face, mail_face  # noqa: PLC0415 -- only where there is mail

    links = open_links(settings.folder, settings.address, settings.clock)
    if settings.mail is not None:
        faces.append(mail_face(interlock, settings.mail, links))
    elif settings.mail_folder is not None:
        faces.append(kept_mail_face(interlock, settings.mail_folder, links, settings.mail_from))
    return faces


def main() -> None:
    """Entry of the teller process."""
    configure_logs()
    asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
