"""Finishing: a whole configuration gets its id; sessions are parked, and copied to be edited on (sections 3, 6)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from modules.configurator.engine.editing import standing
from modules.configurator.engine.identity import canonical_text
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.engine.undefined import undefined
from modules.configurator.model.errors import (
    ConfiguratorRefusal,
    Incomplete,
    LimitReached,
    NotForSale,
    QuantityRequired,
    SessionClosed,
    StaleModel,
    Stopped,
    VersionConflict,
)
from modules.configurator.model.keys import Right
from modules.configurator.model.revisions import Revision
from modules.configurator.model.sessions import Session, SessionKind, SessionState
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Handle, customer_of, kind_of
from modules.configurator.service.sessions import Answer, SessionService, require_current, require_version
from modules.configurator.service.solving import Model
from modules.configurator.store.sessions import Opened
from modules.kernel.errors import Refused
from modules.kernel.viewer import Viewer

_TRIES = 20
_INPUT = ("input",)
_QUANTITY = ".qty"


@dataclass(frozen=True, slots=True)
class _Finished:
    """The step, and its canonical text; or why there is none."""

    step: Step
    text: str = ""
    problems: tuple[ConfiguratorRefusal, ...] = ()


class FinishingService:
    """What ends a session, or sets it aside."""

    def __init__(self, sessions: SessionService, grace: timedelta = timedelta(0)) -> None:
        """For so long after a newer content was written a session on the older one may still be finalised."""
        self._sessions = sessions
        self.grace = grace

    async def finalise(self, viewer: Viewer, handle: Handle, expected_version: int | None = None) -> Answer:
        """Gives a complete session its configuration id; called again it has the same one.

        Two sessions of equal values of a part get one id, whoever is first (section 6).
        """
        try:
            for _ in range(_TRIES):
                opened = await self._sessions.door.admit(viewer, handle, Right.OWNER)
                answer = await self._finalise(viewer, opened, expected_version)
                if answer is not None:
                    return answer
            raise VersionConflict("The session", opened.session.version, opened.session.version + 1)
        except Refused as refusal:
            return Answer(problems=(refusal,))

    async def park(self, viewer: Viewer, handle: Handle, parked: bool) -> Answer:
        """Puts a session aside, or takes it up again; nothing happens to one that is so already."""
        try:
            for _ in range(_TRIES):
                opened = await self._sessions.door.admit(viewer, handle, Right.EDIT)
                answer = await self._park(viewer, opened, parked)
                if answer is not None:
                    return answer
            raise VersionConflict("The session", opened.session.version, opened.session.version + 1)
        except Refused as refusal:
            return Answer(problems=(refusal,))

    async def clone(self, viewer: Viewer, handle: Handle, idempotency_key: str | None = None) -> Answer:
        """A session of the viewer's own with the same choices on the same model: to edit what is finalised, or to try
        something. Whoever may read a session may copy it. Refused on an obsolete revision, on which nothing begins."""
        try:
            opened = await self._sessions.door.admit(viewer, handle, Right.READ)
            session = opened.session
            revision, model = await self._sessions.pinned(session)
            require_current(session, revision)
            step = await self._step(model, session)
            copy = replace(
                session,
                id=secrets.token_hex(12),
                owner=customer_of(viewer) or f"guest:{secrets.token_hex(12)}",
                choices=step.choices,
                state=step.state,
                configuration=None,
                version=1,
            )
            key = await self._sessions.add(viewer, copy, idempotency_key, ("clone", session.id))
        except Refused as refusal:
            return Answer(problems=(refusal,))
        return Answer(await self._sessions.get(viewer, Handle(key)), key)

    async def _finalise(self, viewer: Viewer, opened: Opened, expected_version: int | None) -> Answer | None:
        """None where somebody else was faster, or has written models in between: the part might have gone, or be
        another family's."""
        session, edition = opened.session, await self._sessions.store.edition()
        if session.state is SessionState.FINALISED:
            return Answer(await self._sessions.look(opened))
        require_version(session, expected_version)
        revision, model = await self._sessions.pinned(session)
        await self._require_finalisable(session, revision)
        finished = await self._finished(model, session)
        if finished.problems:
            shown = await self._sessions.show(opened, revision, model, finished.step)
            return Answer(shown, problems=finished.problems)
        pin = (session.part, session.revision, session.content_version)
        async with self._sessions.store.change() as change:
            if await change.edition() != edition:
                return None
            name = await change.assign(pin, finished.text, model.hash)
            done = replace(session, choices=finished.step.choices, state=SessionState.FINALISED, configuration=name)
            if not await change.save(done, kind_of(viewer), ("finalise",)):
                return None
        now = replace(opened, session=replace(done, version=session.version + 1))
        return Answer(await self._sessions.show(now, revision, model, finished.step))

    async def _require_finalisable(self, session: Session, revision: Revision) -> None:
        if session.kind is not SessionKind.SALE:
            raise NotForSale(session.kind)
        if session.state is SessionState.PARKED:
            raise SessionClosed(session.state)
        require_current(session, revision)
        if revision.content_version != session.content_version and not await self._is_in_grace(revision):
            raise StaleModel(session.content_version, revision.content_version)

    async def _is_in_grace(self, revision: Revision) -> bool:
        if not self.grace:
            return False
        since = await self._sessions.models.since_us(revision)
        return await self._sessions.store.now_us() < since + self.grace // timedelta(microseconds=1)

    async def _finished(self, model: Model, session: Session) -> _Finished:
        return await self._sessions.solving.on_session(
            model, session.id, lambda steps, cache: _finish(steps, session, cache)
        )

    async def _step(self, model: Model, session: Session) -> Step:
        return await self._sessions.solving.on_session(
            model, session.id, lambda steps, cache: standing(steps, session, cache)
        )

    async def _park(self, viewer: Viewer, opened: Opened, parked: bool) -> Answer | None:
        session = opened.session
        if session.state is SessionState.FINALISED:
            raise SessionClosed(session.state)
        revision, model = await self._sessions.pinned(session)
        step = await self._step(model, session)
        state = SessionState.PARKED if parked else step.state
        if state is session.state:
            return Answer(await self._sessions.show(opened, revision, model, step))
        changed = replace(session, state=state)
        async with self._sessions.store.change() as change:
            if not await change.save(changed, kind_of(viewer), ("park" if parked else "resume",)):
                return None
        now = replace(opened, session=replace(changed, version=session.version + 1))
        return Answer(await self._sessions.show(now, revision, model, step))


def _finish(steps: Steps, session: Session, cache: Cache) -> _Finished:
    step = standing(steps, session, cache)
    problems = tuple(_hindrances(steps, session, step))
    return _Finished(step, "" if problems else canonical_text(steps.content, step.assignments), problems)


def _hindrances(steps: Steps, session: Session, step: Step) -> Iterator[ConfiguratorRefusal]:
    """All that stands against finalising, so that it can be mended at once."""
    if step.partial:
        yield LimitReached(_INPUT)
    if step.missing:
        yield Incomplete(step.missing, _INPUT)
        for name in step.missing:
            if name.endswith(_QUANTITY):
                owner = name.removesuffix(_QUANTITY)
                yield QuantityRequired(f"{owner} needs a quantity.", owner, path=_INPUT)
        yield from undefined(steps.content, steps.known(step.choices, session.inherited), step.missing)
    stops = [message.rule for message in step.messages if message.level is None]
    if stops:
        yield Stopped(list(dict.fromkeys(stops)), _INPUT)
