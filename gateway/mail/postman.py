"""The postman: carries what waits in the queue to its transport, one process of all at a time.

At least once: between the server's word and our own note of it a kill sends a mail twice, with the same `Message-ID`;
the other way round it would be lost (`test_a_mail_that_was_taken_and_not_noted_goes_out_again_as_the_same`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from gateway.mail.message import compose
from gateway.mail.texts import UnknownText
from gateway.mail.transports import MailDeferred, MailRefused, MailServerAway, Transport
from modules.kernel.leader import Leader, Leading, whenever_leading
from modules.runtime.notifications import NotificationQueue, Waiting
from modules.runtime.unbroken import unbroken

_LOG = logging.getLogger(__name__)
AT_ONCE: Final = 50
TRIES: Final = 12
"""After so many refusals for now, some four days, a mail is given up."""
LOOK_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 15.0
_SWEEP_SECONDS: Final = 3600.0


class Postman:
    """Works while it runs; `transport` None: there is no way, and nothing waits."""

    def __init__(self, queue: NotificationQueue, transport: Transport | None, sender: str, leader: Leader) -> None:
        self._queue = queue
        self._transport = transport
        self._sender = sender
        self._leader = leader
        self._wake = asyncio.Event()
        self._swept = -_SWEEP_SECONDS
        queue.on_taken(self._wake.set)

    async def run(self) -> None:
        """Until it is cancelled; while the database or the mail server is away it waits."""
        await whenever_leading(self._leader, self._lead, LOOK_SECONDS)

    async def carry(self) -> int:
        """Delivers what is due, at most one batch; how many were settled. Raises Unavailable, MailServerAway."""
        transport = self._transport
        if transport is None:
            return 0
        settled = 0
        try:
            for waiting in await self._queue.due(AT_ONCE):
                # A mail under way is finished and noted when the process is stopped in good order.
                settled += await unbroken(self._deliver(transport, waiting))
        finally:
            await asyncio.to_thread(transport.close)
        return settled

    async def _lead(self, leading: Leading) -> None:
        while leading():
            self._wake.clear()
            try:
                while leading() and await self.carry():
                    pass
                await self._sweep()
            except MailServerAway as error:
                _LOG.warning("the mail server does not take mails: %s", error)
                await asyncio.sleep(AWAY_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def _deliver(self, transport: Transport, waiting: Waiting) -> int:
        id = waiting.notification.id
        try:
            message = compose(waiting.notification, self._sender, waiting.created_us)
            await asyncio.to_thread(transport.deliver, message)
        except MailDeferred as error:
            if waiting.tries + 1 < TRIES:
                await self._queue.postpone(id, pause(waiting.tries))
                return 0
            return await self._give_up(waiting, error)
        except (MailRefused, UnknownText) as error:
            return await self._give_up(waiting, error)
        await self._queue.settle([id], "sent")
        return 1

    async def _give_up(self, waiting: Waiting, error: Exception) -> int:
        told = {"notification": waiting.notification.id, "kind": waiting.notification.kind}
        _LOG.warning("a mail is given up: %s", error, extra=told)
        await self._queue.settle([waiting.notification.id], "refused")
        return 1

    async def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._swept >= _SWEEP_SECONDS:
            self._swept = now
            await self._queue.sweep()


def pause(tries: int) -> int:
    """Seconds until a mail is tried again that has failed so often before: from one minute, doubling, to 12 hours."""
    return int(min(60 * 2**tries, 12 * 3600))
