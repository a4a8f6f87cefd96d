"""The notifier: sends what waits in the outbox, over the channels that are configured, until it is stopped."""

import asyncio
import signal

from adapters.db.leases import Leases
from adapters.logs import configure_logs
from adapters.processes.part import beat, pulse_file
from application.context import Interlock
from application.magic_links.links import open_links
from application.notifications.channels import Channel
from application.notifications.dispatcher import NotificationDispatcher
from composition import interlock_of, opened, slack_channel_of
from settings import Settings


async def run(settings: Settings) -> None:
    """Notifies people until stopped; messages being sent are finished first."""
    interlock, stop = await interlock_of(settings), asyncio.Event()
    for signalled in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signalled, stop.set)
    beating = asyncio.create_task(beat(pulse_file(settings.folder, "notifier")))
    channels = _channels(settings, interlock)
    if channels:
        await NotificationDispatcher(interlock, Leases(opened(settings)), channels).run(stop)
    else:  # everything waits, and nothing is given up
        await stop.wait()
    beating.cancel()


def _channels(settings: Settings, interlock: Interlock) -> list[Channel]:
    """The notification channels, in order of preference."""
    slack = slack_channel_of(settings, interlock)
    channels: list[Channel] = [slack] if slack else []
    if settings.mail is None and settings.mail_folder is None:
        return channels
    from application.notifications.mail import kept_mail_channel, mail_channel  # noqa: PLC0415 -- only where there is mail

    links = open_links(settings.folder, settings.address, settings.clock)
    if settings.mail is not None:
        channels.append(mail_channel(interlock, settings.mail, links))
    elif settings.mail_folder is not None:
        channels.append(kept_mail_channel(interlock, settings.mail_folder, links, settings.mail_from))
    return channels


def main() -> None:
    """Entry point of the notifier process."""
    configure_logs()
    asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
