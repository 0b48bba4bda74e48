"""Groups: equal subscribers of one process, who share one source, one execution and one encoding of each event.

Everybody begins with the first event of a source that was opened after they had joined: the snapshot, or what they have
missed. Those who come while one is being made begin together with the next. What the group is told meanwhile waits; so
whatever comes behind the first event's cursor reaches them by the group, and nothing falls between. The source of the
first beginning becomes the group's.

A subscriber that does not take an event at once has a few waiting. One who falls further behind holds nothing more: it
leaves and begins again behind the last cursor it took, which gives it the newest state of each key. So does one who is
not equal any more, as what it may see has changed. Who asks is looked at anew before every event, once for all who ask
alike; whose rights have ended gets that in place of the event.

Only subscriptions that say what they read (`modules.kernel.graph.subscription`) are shared. Their events tell whatever
has changed behind a cursor, no matter what one subscriber was told before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from gateway.edge.asking import ContextMaker
from gateway.edge.members import Member, Push, Told
from gateway.edge.sharing import Sharing, identity_of
from modules.kernel.errors import Unauthenticated
from modules.kernel.feed import ChangeKind, Place, place_of
from modules.kernel.viewer import Principal, Viewer

if TYPE_CHECKING:
    from gateway.edge.execution import Answer, Prepared

_AT_ONCE: Final = 64
"""Subscribers that are looked at or told before others of the process have their turn."""


class Source(Protocol):
    """One run of a subscription: its events, and the answer that each becomes for a viewer."""

    @property
    def events(self) -> AsyncIterator[Any]:
        """Of an API's form: kind, cursor, and what is told."""
        ...

    async def answer(self, event: Any, viewer: Viewer) -> Answer:
        """Executes the operation for the event."""
        ...

    async def close(self) -> None:
        """Ends it."""
        ...


Opener = Callable[["Prepared", str | None], Awaitable[Source]]
"""Opens a source; with a cursor, behind it instead of where the request says."""


class Groups:
    """All groups of one process."""

    def __init__(self, context: ContextMaker, opener: Opener) -> None:
        self._context = context
        self._open = opener
        self._groups: dict[Hashable, _Group] = {}

    async def stream(self, prepared: Prepared, sharing: Sharing, push: Push | None) -> AsyncGenerator[Answer, None]:
        """Answers that are to be sent in order; those that `push` takes come in between.

        Closing this leaves the group. Raises what the source raises, Unauthenticated when the sender's rights end.
        """
        after: str | None = None
        # Not to be read of the context later, as the group may have taken that over with the source.
        principal = prepared.context.viewer.principal
        while True:
            group, member = self._group(prepared, sharing), Member(push)
            party = group.join(member, prepared)
            try:
                begun = await group.begin(prepared, after)
                if begun is None:
                    return
                member.begin(begun.cursor, group.began)
                yield begun.answer
                async with aclosing(member.answers()) as answers:
                    async for answer in answers:
                        yield answer
            finally:
                group.leave(member, party)
            if member.is_done:
                return
            after, prepared = member.cursor, await self._again(prepared, principal)

    def _group(self, prepared: Prepared, sharing: Sharing) -> _Group:
        request, sight = prepared.request, sharing.sight(prepared.context.viewer)
        key = prepared.document.text, request.operation, sharing.variables(request.variables), sight
        group = self._groups.get(key)
        if group is None:
            group = _Group(self._context, self._open, sharing, sight, lambda: self._forget(key, group))
            self._groups[key] = group
        return group

    def _forget(self, key: Hashable, group: _Group | None) -> None:
        if self._groups.get(key) is group:
            del self._groups[key]

    async def _again(self, prepared: Prepared, principal: Principal) -> Prepared:
        context = await self._context(prepared.headers)
        if context.viewer.principal != principal:
            raise Unauthenticated()
        return replace(prepared, context=context)


class _Begun(NamedTuple):
    """A first event."""

    answer: Answer
    cursor: str


@dataclass(eq=False, slots=True)
class _Party:
    """The subscribers of a group who ask alike: what is true of the rights of one is of all."""

    name: Hashable
    headers: Mapping[str, str]
    principal: Principal
    members: dict[Member, None] = field(default_factory=dict)


class _Group:
    """Equal subscribers, and the source that serves them once one of them has given it."""

    def __init__(
        self, context: ContextMaker, opener: Opener, sharing: Sharing, sight: Hashable, forget: Callable[[], None]
    ) -> None:
        self._context = context
        self._open = opener
        self._sharing = sharing
        self._sight = sight
        self._forget = forget
        self._parties: dict[Hashable, _Party] = {}
        self._task: asyncio.Task[None] | None = None
        self._upcoming: dict[str | None, asyncio.Task[_Begun | None]] = {}
        self._underway: dict[str | None, asyncio.Task[_Begun | None]] = {}
        """Beginnings by their cursor: those that wait to be opened, and those that are."""
        self.began: Place | None = None
        """Everything behind this place is told."""
        self._place: Place | None = None
        """Of what was told last."""

    def join(self, member: Member, prepared: Prepared) -> _Party:
        """From now on it is told what comes, with its party."""
        principal = prepared.context.viewer.principal
        name = identity_of(prepared.headers), principal
        party = self._parties.setdefault(name, _Party(name, prepared.headers, principal))
        party.members[member] = None
        return party

    def leave(self, member: Member, party: _Party) -> None:
        """Nothing more is told to it. With the last one the source is closed."""
        party.members.pop(member, None)
        if not party.members and self._parties.get(party.name) is party:
            del self._parties[party.name]
        if not self._parties:
            self._forget()
            if self._task is not None:
                # In its turn: a task that is cancelled before its first step would never close the source.
                asyncio.get_running_loop().call_soon(self._task.cancel)

    async def begin(self, prepared: Prepared, after: str | None) -> _Begun | None:
        """The first event of a source that is opened after this was called: of one for all who wait for it to be.

        None: there is none. While one is being made, those who come wait for the next. Raises what opening one raises.
        """
        name = after or self._sharing.given_cursor(prepared.request.variables)
        beginning = self._upcoming.get(name)
        if beginning is None:
            before = self._underway.get(name)
            beginning = asyncio.create_task(self._begin(prepared, after, name, before), name="first event of a group")
            beginning.add_done_callback(_look_at)
            self._upcoming[name] = beginning
        # Others may wait for it, too.
        return await asyncio.shield(beginning)

    async def _begin(
        self, prepared: Prepared, after: str | None, name: str | None, before: asyncio.Task[_Begun | None] | None
    ) -> _Begun | None:
        if before is not None:
            await asyncio.wait({before})
        beginning = self._underway[name] = self._upcoming.pop(name)
        try:
            return await self._first(prepared, after)
        finally:
            if self._underway.get(name) is beginning:
                del self._underway[name]

    async def _first(self, prepared: Prepared, after: str | None) -> _Begun | None:
        source, kept = await self._open(prepared, after), False
        try:
            event = await anext(source.events, None)
            if event is None:
                return None
            answer = await source.answer(event, prepared.context.viewer)
            kept = self._take(source, place_of(event.cursor))
        finally:
            if not kept:
                await source.close()
        return _Begun(answer, event.cursor)

    def _take(self, source: Source, place: Place) -> bool:
        """Whether the group goes on with this source, which stands at the place, and will close it."""
        if self.began is not None or not self._parties:
            return False
        self.began = self._place = place
        self._task = asyncio.create_task(self._run(source), name="group of subscribers")
        return True

    async def _run(self, source: Source) -> None:
        failure: Exception | None = None
        try:
            async for event in source.events:
                await self._tell(source, event)
        except Exception as error:
            failure = error
        finally:
            self._forget()
            for member in self._members():
                member.end(failure)
            await source.close()

    async def _tell(self, source: Source, event: Any) -> None:
        place = place_of(event.cursor)
        is_restated, self._place = place == self._place, place
        viewer = await self._look()
        if viewer is None:
            return
        answer = await source.answer(event, viewer)
        told = Told(answer, event.cursor, place, event.kind is ChangeKind.RESYNC, is_restated)
        for number, member in enumerate(self._members(), 1):
            member.tell(told)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _look(self) -> Viewer | None:
        """Who asks now, for all who may still be told; the others are sent away. None: that is everybody."""
        found: Viewer | None = None
        for number, (name, party) in enumerate(tuple(self._parties.items()), 1):
            try:
                viewer = (await self._context(party.headers)).viewer
                if viewer.principal != party.principal:
                    raise Unauthenticated()
            except Exception as error:
                self._send_away(name, lambda member, error=error: member.end(error))  # type: ignore[misc]
            else:
                if self._sharing.sight(viewer) == self._sight:
                    found = viewer
                else:
                    self._send_away(name, Member.lose)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _send_away(self, name: Hashable, how: Callable[[Member], None]) -> None:
        party = self._parties.pop(name, None)
        for member in party.members if party else ():
            how(member)

    def _members(self) -> list[Member]:
        return [member for party in self._parties.values() for member in party.members]


def _look_at(beginning: asyncio.Task[Any]) -> None:
    """Those who have left ask no more how it ended; asyncio would log a failure that nobody has looked at."""
    if not beginning.cancelled():
        beginning.exception()
