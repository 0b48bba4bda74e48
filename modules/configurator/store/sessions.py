"""Sessions, their keys, and what is published of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from modules.configurator.events import SessionChanged
from modules.configurator.model.keys import Access, Link, Right
from modules.configurator.model.sessions import Choice, Session, SessionKind, SessionState
from modules.configurator.store.selections import EDITION
from modules.configurator.store.specifications import assign
from modules.kernel.names import ConfigurationId, Sku
from modules.runtime.change import Change
from modules.runtime.database import Database

_COLUMNS: Final = (
    "id, owner, part, site, need_date, revision, content_version, kind, choices, inherited, state, version,"
    " configuration"
)
_SESSION: Final = ", ".join(f"s.{name}" for name in _COLUMNS.split(", "))
_OF_KEY: Final = (
    f"SELECT {_SESSION}, k.access, k.expires_us FROM configurator_session_key k"
    " JOIN configurator_session s ON s.id = k.session WHERE k.hash = :hash"
)
_OF_OWNER: Final = f"SELECT {_SESSION} FROM configurator_session s WHERE s.id = :id AND s.owner = :owner"
_OWNED: Final = (
    f"SELECT {_SESSION} FROM configurator_session s WHERE s.owner = :owner ORDER BY s.touched_us DESC, s.id LIMIT :most"
)
_ADD: Final = (
    f"INSERT INTO configurator_session ({_COLUMNS}, created_us, touched_us) VALUES (:id, :owner, :part, :site,"
    " :need_date, :revision, :content_version, :kind, :choices, :inherited, :state, :version, :configuration, :now,"
    " :now)"
)
_SAVE: Final = (
    "UPDATE configurator_session SET site = :site, need_date = :need_date, revision = :revision,"
    " content_version = :content_version, choices = :choices, state = :state, configuration = :configuration,"
    " version = version + 1, touched_us = :now WHERE id = :id AND version = :version"
)
_TOUCH: Final = (
    "UPDATE configurator_session SET version = version + 1, touched_us = :now WHERE id = :id RETURNING version"
)
_ADD_KEY: Final = (
    "INSERT INTO configurator_session_key (hash, id, session, access, label, created_us, expires_us)"
    " VALUES (:hash, :id, :session, :access, :label, :now, :expires) ON CONFLICT (hash) DO NOTHING"
)
_LINKS: Final = (
    "SELECT id, access, label, created_us, expires_us FROM configurator_session_key"
    " WHERE session = :session AND access <> 'owner' ORDER BY created_us, id"
)
_DROP_LINK: Final = "DELETE FROM configurator_session_key WHERE session = :session AND id = :id AND access <> 'owner'"
_DROP_OWNER_KEYS: Final = "DELETE FROM configurator_session_key WHERE session = :session AND access = 'owner'"
_CLAIM: Final = "UPDATE configurator_session SET owner = :owner WHERE id = :id"
_TEXT: Final = "SELECT text FROM configurator_specification WHERE name = :name AND part = :part"
_UNTOUCHED: Final = "SELECT id FROM configurator_session WHERE touched_us < :line ORDER BY touched_us LIMIT :most"
_PURGE: Final = "DELETE FROM configurator_session WHERE id IN :ids AND touched_us < :line"
_PURGE_KEYS: Final = (
    "DELETE FROM configurator_session_key WHERE session IN :ids"
    " AND NOT EXISTS (SELECT 1 FROM configurator_session s WHERE s.id = configurator_session_key.session)"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and how it was opened."""

    session: Session
    access: Access


class SessionStore:
    """Reads of one statement, and `change` for all that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_key(self, hash: str) -> Opened | None:
        """What a key opens; None for one that is unknown or expired."""
        rows = await self._database.read(_OF_KEY, hash=hash)
        if not rows:
            return None
        *row, access, expires_us = rows[0]
        if expires_us is not None and expires_us <= await self._database.now_us():
            return None
        return Opened(_session(tuple(row)), Access(Right(access), expires_us))

    async def of_owner(self, id: str, owner: str) -> Opened | None:
        """A session of this owner; None where the owner has no such one."""
        rows = await self._database.read(_OF_OWNER, id=id, owner=owner)
        return Opened(_session(rows[0]), Access(Right.OWNER)) if rows else None

    async def owned(self, owner: str, most: int) -> list[Session]:
        """An owner's sessions, the latest touched first."""
        return [_session(row) for row in await self._database.read(_OWNED, owner=owner, most=most)]

    async def links(self, session: str) -> list[Link]:
        """The links of a session, the oldest first."""
        return [_link(row) for row in await self._database.read(_LINKS, session=session)]

    async def untouched(self, line_us: int, most: int) -> list[str]:
        """Sessions that nobody has touched since a moment, the oldest first."""
        return [row[0] for row in await self._database.read(_UNTOUCHED, line=line_us, most=most)]

    async def text_of(self, part: Sku, name: str) -> str | None:
        """The canonical text of a part's finished configuration; None where there is none of this name."""
        rows = await self._database.read(_TEXT, name=name, part=part)
        return rows[0][0] if rows else None

    async def edition(self) -> int:
        """How often models were written: the same number, the same models."""
        return _edition(await self._database.read(EDITION))

    async def now_us(self) -> int:
        """The store's clock, which all processes share."""
        return await self._database.now_us()

    @asynccontextmanager
    async def change(self) -> AsyncIterator[SessionChange]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield SessionChange(tx)


class SessionChange(Change):
    """An open transaction on sessions."""

    async def add(self, session: Session, by: str) -> None:
        """A new session."""
        await self.tx.run(_ADD, **_values(session), now=await self.tx.now_us())
        self._tell(session.id, session.version, by, ("open",))

    async def save(self, session: Session, by: str, what: Sequence[str]) -> bool:
        """Writes a session over the version that it was read at, and says so; whether it was still at that version."""
        if not await self.tx.run(_SAVE, **_values(session), now=await self.tx.now_us()):
            return False
        self._tell(session.id, session.version + 1, by, what)
        return True

    async def edition(self) -> int:
        """The same within the transaction; nobody writes models until it ends."""
        # In SQLite whoever writes is alone anyway.
        shared = " FOR SHARE" if self.tx.database.dialect == "postgresql" else ""
        return _edition(await self.tx.read(EDITION + shared))

    async def touch(self, id: str, by: str, what: str) -> None:
        """Says that something about a session changed that is none of its choices; who saves it waits for this."""
        rows = await self.tx.read(_TOUCH, id=id, now=await self.tx.now_us())
        if rows:
            self._tell(id, rows[0][0], by, (what,))

    async def add_key(self, hash: str, session: str, right: Right, link: Link | None = None) -> None:
        """The owner's key, or a link."""
        await self.tx.run(
            _ADD_KEY,
            hash=hash,
            id=link.id if link else "",
            session=session,
            access=right,
            label=link.label if link else "",
            now=await self.tx.now_us(),
            expires=link.expires_us if link else None,
        )

    async def links(self, session: str) -> list[Link]:
        """The oldest first."""
        return [_link(row) for row in await self.tx.read(_LINKS, session=session)]

    async def drop_link(self, session: str, id: str) -> bool:
        """Whether there was one."""
        return bool(await self.tx.run(_DROP_LINK, session=session, id=id))

    async def claim(self, session: str, owner: str) -> None:
        """Makes it somebody's own; the key that it was begun with opens nothing any more."""
        await self.tx.run(_CLAIM, id=session, owner=owner)
        await self.tx.run(_DROP_OWNER_KEYS, session=session)

    async def purge(self, ids: Sequence[str], line_us: int) -> int:
        """Deletes those of the sessions that are still untouched, with their keys; how many."""
        gone = await self.tx.run(_PURGE, ids=list(ids), line=line_us)
        await self.tx.run(_PURGE_KEYS, ids=list(ids))
        return gone

    async def assign(self, content: tuple[Sku, int, int], text: str, fingerprint: str) -> ConfigurationId:
        """The name of the configuration of this canonical text; a new one where there is none yet (section 6).

        `content` says with what it was made: part, revision, content version. Raises HashCollision.
        """
        return (await assign(self.tx, content, text, fingerprint)).name

    def _tell(self, id: str, version: int, by: str, what: Sequence[str]) -> None:
        self.tx.emit([SessionChanged(version=version, session=id, by=by, what=tuple(what))])


def _edition(rows: Sequence[tuple[Any, ...]]) -> int:
    return int(rows[0][0]) if rows else 0


def _values(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "owner": session.owner,
        "part": session.part,
        "site": session.site,
        "need_date": session.need_date.isoformat(),
        "revision": session.revision,
        "content_version": session.content_version,
        "kind": session.kind,
        "choices": _written(session.choices),
        "inherited": _written(session.inherited),
        "state": session.state,
        "version": session.version,
        "configuration": session.configuration,
    }


def _session(row: tuple[Any, ...]) -> Session:
    id, owner, part, site, need, revision, content, kind, choices, inherited, state, version, configuration = row
    return Session(
        id=id,
        owner=owner,
        part=Sku(part),
        site=site,
        need_date=date.fromisoformat(need),
        revision=revision,
        content_version=content,
        kind=SessionKind(kind),
        choices=_read(choices),
        inherited=_read(inherited),
        state=SessionState(state),
        version=version,
        configuration=None if configuration is None else ConfigurationId(configuration),
    )


def _written(choices: Sequence[Choice]) -> str:
    return orjson.dumps([_row(choice) for choice in choices]).decode()


def _row(choice: Choice) -> list[str | None]:
    kind = "number" if isinstance(choice.value, Decimal) else "text"
    return [choice.characteristic, kind, str(choice.value), None if choice.quantity is None else str(choice.quantity)]


def _read(text: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(name, Decimal(value) if kind == "number" else value, None if quantity is None else Decimal(quantity))
        for name, kind, value, quantity in orjson.loads(text)
    )


def _link(row: tuple[Any, ...]) -> Link:
    id, access, label, created_us, expires_us = row
    return Link(id, Right(access), label, created_us, expires_us)
