"""Moving a session to another content, revision or need date (section 3, open sessions on something old)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from modules.configurator.engine.editing import standing
from modules.configurator.engine.news import news
from modules.configurator.engine.rebasing import Rebased, rebase
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NoRevision, RebaseRequired, SessionClosed, VersionConflict
from modules.configurator.model.keys import Right
from modules.configurator.model.revisions import Revision, Status
from modules.configurator.model.sessions import Choice, Session, SessionKind, SessionState
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Handle, kind_of
from modules.configurator.service.sessions import Answer, SessionService, require_version
from modules.configurator.service.solving import Model
from modules.configurator.store.sessions import Opened
from modules.kernel.errors import Refused
from modules.kernel.viewer import Viewer

_TRIES = 20


class Onto(StrEnum):
    """What becomes of a session when its need date moves to where another revision holds."""

    KEEP = "keep"
    REBASE = "rebase"


class MovingService:
    """What pins sessions anew."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    async def rebase(self, viewer: Viewer, handle: Handle, expected_version: int | None = None) -> Answer:
        """Takes the session to the newest content of the revision that holds at its need date: identical values and
        quantities are carried over in their order, the others are told with the reason, and what is newly required."""
        return await self._repeated(viewer, handle, expected_version, None, Onto.REBASE)

    async def move(
        self, viewer: Viewer, handle: Handle, day: date, onto: Onto | None, expected_version: int | None = None
    ) -> Answer:
        """Moves the need date. Where another revision holds then it takes a word on what to do, KEEP or REBASE; to keep
        the revision it must still be released."""
        return await self._repeated(viewer, handle, expected_version, day, onto)

    async def _repeated(
        self, viewer: Viewer, handle: Handle, expected_version: int | None, day: date | None, onto: Onto | None
    ) -> Answer:
        try:
            for _ in range(_TRIES):
                opened = await self._sessions.door.admit(viewer, handle, Right.EDIT)
                require_version(opened.session, expected_version)
                if opened.session.state in (SessionState.PARKED, SessionState.FINALISED):
                    raise SessionClosed(opened.session.state)
                answer = await self._move(viewer, opened, day, onto)
                if answer is not None:
                    return answer
            raise VersionConflict("The session", opened.session.version, opened.session.version + 1)
        except Refused as refusal:
            return Answer(problems=(refusal,))

    async def _move(self, viewer: Viewer, opened: Opened, day: date | None, onto: Onto | None) -> Answer | None:
        """None where somebody else was faster."""
        session, needed = opened.session, day or opened.session.need_date
        mine, old = await self._sessions.pinned(session)
        holds = mine if session.kind is not SessionKind.SALE else await self._holding(session, needed)
        if day is not None and not _must_rebase(mine, holds, onto):
            return await self._save(viewer, opened, replace(session, need_date=needed), (mine, old), None, "move")
        model = await self._sessions.models.model(holds, holds.content_version)
        if model is None:
            raise NoRevision(session.part, needed)
        rebased = await self._rebase(session, old.content, model)
        changed = replace(
            session,
            need_date=needed,
            revision=holds.number,
            content_version=holds.content_version,
            choices=rebased.step.choices,
            state=rebased.step.state,
        )
        return await self._save(viewer, opened, changed, (holds, model), rebased, "rebase")

    async def _holding(self, session: Session, day: date) -> Revision:
        (found,) = await self._sessions.models.effective([session.part], day)
        if found is None:
            raise NoRevision(session.part, day, ("input", "needDate"))
        return found

    async def _rebase(self, session: Session, old: Content, model: Model) -> Rebased:
        def work(steps: Steps, cache: Cache) -> Rebased:
            return rebase(steps, old, session.choices, cache, _known(steps.content, session.inherited))

        return await self._sessions.solving.on_session(model, session.id, work)

    async def _save(
        self,
        viewer: Viewer,
        opened: Opened,
        changed: Session,
        pin: tuple[Revision, Model],
        rebased: Rebased | None,
        what: str,
    ) -> Answer | None:
        before = await self._before(opened.session)
        async with self._sessions.store.change() as change:
            if not await change.save(changed, kind_of(viewer), (what,)):
                return None
        now = replace(opened, session=replace(changed, version=changed.version + 1))
        if rebased is None:
            return Answer(await self._sessions.look(now))
        shown = await self._sessions.show(now, *pin, rebased.step)
        return Answer(
            shown,
            left=rebased.dropped,
            newly_required=rebased.newly_required,
            news=news(before, rebased.step),
        )

    async def _before(self, session: Session) -> Step:
        _, model = await self._sessions.pinned(session)
        return await self._sessions.solving.on_session(
            model, session.id, lambda steps, cache: standing(steps, session, cache)
        )


def _must_rebase(mine: Revision, holds: Revision, onto: Onto | None) -> bool:
    """Whether the session goes to the revision that holds; raises RebaseRequired where that has not been said."""
    if mine.number == holds.number or onto is Onto.REBASE:
        return onto is Onto.REBASE and mine.number != holds.number
    may_keep = mine.status is Status.RELEASED
    if onto is Onto.KEEP and may_keep:
        return False
    raise RebaseRequired(mine.number, holds.number, may_keep)


def _known(content: Content, inherited: Sequence[Choice]) -> list[Choice]:
    """What a parent gives that this model has a characteristic for."""
    names = {member.characteristic for member in content.members}
    return [choice for choice in inherited if choice.characteristic in names]
