"""A little mail server: speaks SMTP on a real socket, keeps what it takes, and can be told to refuse or to hang up."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

LINE_LIMIT = 1_000_000


@dataclass
class MailServer:
    """`answers` gives another answer than 250 to a verb; `hangs_up_after` closes instead of acknowledging a mail."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_after: Callable[[EmailMessage], bool] = lambda message: False
    tls: ssl.SSLContext | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def until(self, count: int) -> list[EmailMessage]:
        """So many mails, or the test fails."""
        async with asyncio.timeout(20):
            while len(self.taken) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.taken

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from greeting to farewell."""
        self.connections += 1
        try:
            await _Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class _Conversation:
    def __init__(self, mail: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._mail = mail
        self._reader = reader
        self._writer = writer
        self._sender = self._recipient = ""

    async def run(self) -> None:
        await self._say("220 mail.test ESMTP")
        while line := (await self._reader.readline()).decode().rstrip("\r\n"):
            self._mail.said.append(line)
            verb = line.split(" ")[0].upper()
            if verb in self._mail.answers:
                await self._say(self._mail.answers[verb])
            elif not await self._answer(verb)(line):
                return

    def _answer(self, verb: str) -> Callable[[str], Awaitable[bool]]:
        answers = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._from,
            "RCPT": self._rcpt,
            "RSET": self._rset,
            "DATA": self._data,
            "QUIT": self._quit,
        }
        return answers.get(verb, self._other)

    async def _say(self, *lines: str) -> bool:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()
        return True

    async def _other(self, line: str) -> bool:
        return await self._say("500 what?")

    async def _ehlo(self, line: str) -> bool:
        offered = self._mail.tls and self._writer.get_extra_info("ssl_object") is None
        return await self._say("250-mail.test", *(["250-STARTTLS"] if offered else []), "250 AUTH PLAIN")

    async def _starttls(self, line: str) -> bool:
        assert self._mail.tls
        await self._say("220 go on")
        await self._writer.start_tls(self._mail.tls)
        return True

    async def _auth(self, line: str) -> bool:
        return await self._say("235 welcome")

    async def _from(self, line: str) -> bool:
        self._sender = line[10:].partition(" ")[0].strip("<>")
        return await self._say("250 well")

    async def _rcpt(self, line: str) -> bool:
        self._recipient = line[8:].strip("<>")
        return await self._say("250 well")

    async def _rset(self, line: str) -> bool:
        return await self._say("250 well")

    async def _data(self, line: str) -> bool:
        await self._say("354 go on")
        body = await self._reader.readuntil(b"\r\n.\r\n")
        message = email.message_from_bytes(body[:-3].replace(b"\r\n..", b"\r\n."), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self._mail.taken.append(message)
        self._mail.envelopes.append((self._sender, self._recipient))
        self._mail.arrived.set()
        if self._mail.hangs_up_after(message):
            return False
        return await self._say("250 taken")

    async def _quit(self, line: str) -> bool:
        await self._say("221 bye")
        return False


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """Listens on a free port of this machine."""
    mail = MailServer(tls=tls)
    server = await asyncio.start_server(mail.converse, "127.0.0.1", 0, limit=LINE_LIMIT)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
