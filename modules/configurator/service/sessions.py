"""Sessions: opened, looked at, and edited. They are ordered choices in the store; any process continues any of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from modules.configurator.engine.editing import Edit, Edited, edit, nothing, standing
from modules.configurator.engine.news import NOTHING, News, news
from modules.configurator.engine.rebasing import Left, Rebased, rebase
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.engine.validity import choices_of
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import (
    ConfiguratorRefusal,
    Cycle,
    NoRevision,
    NotPossible,
    RevisionObsolete,
    SessionClosed,
    VersionConflict,
)
from modules.configurator.model.explanations import Dropped
from modules.configurator.model.families import Family
from modules.configurator.model.keys import Access, Link, Right, derive_key, hash_of
from modules.configurator.model.revisions import Revision, Status
from modules.configurator.model.sessions import Session, SessionKind, SessionState
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Door, Handle, customer_of, kind_of
from modules.configurator.service.models import Models
from modules.configurator.service.solving import Model, Solving
from modules.configurator.store.sessions import Opened, SessionStore
from modules.kernel.configuration import unpinned
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check_text
from modules.kernel.names import Sku
from modules.kernel.outcome import LONGEST_KEY, Repeatable
from modules.kernel.viewer import Permission, Viewer

MOST_EDITS: Final = 500
"""Wishes of one call."""
MOST_SHOWN: Final = 100
_TRIES: Final = 20
_CHOICES: Final = ("input", "choices")
UNSOUND: Final = (NotPossible, Cycle)
"""What evaluating raises of a model that nothing can be configured by."""
_STATUSES: Final = {
    SessionKind.TEST: (Status.TEST,),
    SessionKind.PREVIEW: (Status.TENTATIVE, Status.TEST, Status.RELEASED),
}
"""Of which revisions there are sessions of a modeller's kind."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as one asker sees it: what its choices amount to, on which model. `links` is None for who is not its
    owner. `problems` say why nothing follows from the choices: a modeller's draft allows nothing, or runs in a circle.
    """

    session: Session
    access: Access
    revision: Revision
    model: Model
    family: Family | None
    step: Step
    links: Sequence[Link] | None = None
    problems: tuple[ConfiguratorRefusal, ...] = ()

    @property
    def content(self) -> Content:
        """What it is configured by."""
        return self.model.content

    @property
    def is_stale(self) -> bool:
        """Whether its revision has a newer content."""
        return self.revision.content_version != self.session.content_version

    @property
    def is_obsolete(self) -> bool:
        """Whether it may be read only."""
        return self.revision.status is Status.OBSOLETE


@dataclass(frozen=True, slots=True)
class Answer:
    """A session after a call, and what the call did; or why it did nothing. With problems about the choices the session
    is shown as it stands."""

    shown: Shown | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    """Given up by `force`."""
    left: tuple[Left, ...] = ()
    """Not carried over."""
    newly_required: tuple[str, ...] = ()
    news: News = NOTHING
    """Against the answer before."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is to be configured. Without a need date it is needed today, by the market's calendar; `revision` is for
    sessions of a modeller's kind only."""

    part: Sku
    need_date: date | None = None
    site: str = ""
    kind: SessionKind = SessionKind.SALE
    revision: int | None = None
    made: str | None = None
    """A finished configuration of the part, pinned or not, with whose values it begins."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a session. `force` gives up for them what the preferred repair does."""

    edits: Sequence[Edit] = ()
    force: bool = False
    expected_version: int | None = None
    idempotency_key: str | None = None


class SessionService:
    """One per process."""

    def __init__(self, store: SessionStore, models: Models, solving: Solving, secret: bytes) -> None:
        """`secret` is what keys are derived with."""
        self.store = store
        self.models = models
        self.solving = solving
        self.door = Door(store)
        self._secret = secret

    async def get(self, viewer: Viewer, handle: Handle) -> Shown | None:
        """A session as it stands; None for what opens nothing."""
        found = await self.door.find(viewer, handle)
        return await self.look(found) if found else None

    async def owned(self, viewer: Viewer) -> list[Session]:
        """The viewer's customer's latest sessions, at most a hundred; none for a guest."""
        owner = customer_of(viewer)
        return await self.store.owned(owner, MOST_SHOWN) if owner else []

    async def open(self, viewer: Viewer, opening: Opening, wishes: Wishes) -> Answer:
        """A new session on the revision that holds at the need date, with the key that opens it, and its first choices.

        Called again with the same idempotency key within 24 hours it is the same session and key. A choice that cannot
        be held leaves the session open without any of them. A modeller's session on a draft that allows nothing, or
        runs in a circle, opens and shows that as its problems.
        """
        try:
            _check(wishes)
            session = await self._begin(viewer, opening)
            _, model = await self.pinned(session)
            begun = await self._values(model, session, opening)
            session = replace(session, choices=begun.step.choices, state=begun.step.state)
            key = await self.add(viewer, session, wishes.idempotency_key, (opening, *wishes.edits))
        except Refused as refusal:
            return Answer(problems=(refusal,))
        if not wishes.edits:
            return Answer(await self.get(viewer, Handle(key)), key, left=begun.dropped)
        answer = await self.configure(viewer, Handle(key), wishes)
        return replace(answer, key=key, left=begun.dropped)

    async def configure(self, viewer: Viewer, handle: Handle, wishes: Wishes) -> Answer:
        """Chooses and takes back, in the order of the wishes: all of them, or none.

        Refused choices tell why, with up to three repairs. Called again with the same idempotency key it has happened
        once. Two who edit at once both have their say, unless `expected_version` forbids it.
        """
        try:
            _check(wishes)
            for _ in range(_TRIES):
                opened = await self.door.admit(viewer, handle, Right.EDIT)
                answer = await self._configure(viewer, opened, wishes)
                if answer is not None:
                    return answer
            raise VersionConflict("The session", opened.session.version, opened.session.version + 1)
        except Refused as refusal:
            return Answer(problems=(refusal,))

    async def look(self, opened: Opened) -> Shown:
        """What the session amounts to; raises Unavailable where that cannot be told."""
        revision, model = await self.pinned(opened.session)
        try:
            step = await self._stand(model, opened.session)
        except UNSOUND as refusal:
            _require_modellers(opened.session, refusal)
            return await self.show(opened, revision, model, nothing(opened.session.choices), (refusal,))
        return await self.show(opened, revision, model, step)

    async def show(
        self,
        opened: Opened,
        revision: Revision,
        model: Model,
        step: Step,
        problems: tuple[ConfiguratorRefusal, ...] = (),
    ) -> Shown:
        """The step with all that is shown beside it."""
        session = opened.session
        links = await self.store.links(session.id) if opened.access.right is Right.OWNER else None
        family = await self.models.family(session.part)
        return Shown(session, opened.access, revision, model, family, step, links, problems)

    async def pinned(self, session: Session) -> tuple[Revision, Model]:
        """The revision of a session as it is now, and the model that it is configured by; raises NoRevision where the
        revision is gone."""
        revision = await self.models.revision(session.part, session.revision)
        model = await self.models.model(revision, session.content_version) if revision else None
        if revision is None or model is None:
            raise NoRevision(session.part, session.need_date)
        return revision, model

    async def add(
        self, viewer: Viewer, session: Session, idempotency_key: str | None, input: tuple[object, ...]
    ) -> str:
        """Stores a new session; answers its key, the same when called again with the same idempotency key."""
        by = f"{viewer.principal.id} {customer_of(viewer) or ''}"
        command = Repeatable(by, "configure", idempotency_key, input)
        async with self.store.change() as change:
            done = await change.replay(command) if idempotency_key else None
            if done is None:
                done = {"id": session.id, "nonce": secrets.token_hex(16)}
                hash = hash_of(self._key(done["nonce"], idempotency_key))
                assert hash
                await change.add(session, kind_of(viewer))
                await change.add_key(hash, session.id, Right.OWNER)
                if idempotency_key:
                    await change.remember(command, done)
        return self._key(done["nonce"], idempotency_key)

    async def _begin(self, viewer: Viewer, opening: Opening) -> Session:
        self.solving.require()
        if opening.site:
            check_text(opening.site, 64, ("input", "site"))
        day = opening.need_date or viewer.channel.market.today(viewer.now)
        revision = await self._revision(viewer, opening, day)
        return Session(
            id=secrets.token_hex(12),
            owner=customer_of(viewer) or f"guest:{secrets.token_hex(12)}",
            part=opening.part,
            site=opening.site,
            need_date=day,
            revision=revision.number,
            content_version=revision.content_version,
            kind=opening.kind,
            version=1,
        )

    async def _values(self, model: Model, session: Session, opening: Opening) -> Rebased:
        """What a session begins with: nothing, or the values of a finished configuration as far as the model allows
        them. Where the rules allow nothing at all a modeller's begins with nothing; nothing else is opened, but raises
        NotPossible or Cycle."""
        text = "" if opening.made is None else await self._text(opening.part, opening.made)

        def work(steps: Steps, cache: Cache) -> Rebased:
            return rebase(steps, steps.content, choices_of(steps, text) if text else (), cache)

        try:
            return await self.solving.on_session(model, session.id, work)
        except UNSOUND as refusal:
            _require_modellers(session, refusal)
            return Rebased(nothing(), (), ())

    async def _text(self, part: Sku, made: str) -> str:
        text = await self.store.text_of(part, unpinned(made)[0])
        if text is None:
            allowed = f"a configuration of {part!r}"
            raise InvalidInput("There is no such configuration.", ("input", "configurationId"), allowed)
        return text

    async def _revision(self, viewer: Viewer, opening: Opening, day: date) -> Revision:
        if opening.kind is SessionKind.SALE:
            (found,) = await self.models.effective([opening.part], day)
            if found is None:
                raise NoRevision(opening.part, day, ("input", "sku"))
            return found
        viewer.require(Permission.MODELS_READ)
        allowed = _STATUSES[opening.kind]
        every = [one for one in await self.models.revisions(opening.part) if one.status in allowed]
        wanted = [one for one in every if opening.revision in (None, one.number)]
        if not wanted:
            raise NoRevision(opening.part, day, ("input", "revision"))
        return wanted[-1]

    async def _configure(self, viewer: Viewer, opened: Opened, wishes: Wishes) -> Answer | None:
        """None where somebody else was faster."""
        session = opened.session
        command = Repeatable(session.id, "configure", wishes.idempotency_key, (tuple(wishes.edits), wishes.force))
        if wishes.idempotency_key and await self._is_done(command):
            return Answer(await self.look(opened))
        _require_open(session, wishes.expected_version)
        revision, model = await self.pinned(session)
        require_current(session, revision)
        try:
            edited = await self._edit(model, session, wishes)
        except UNSOUND as refusal:
            return Answer(await self.look(opened), problems=(refusal,))
        if edited.problems:
            return Answer(await self.show(opened, revision, model, edited.before), problems=edited.problems)
        saved = await self._save(viewer, session, edited, wishes, command)
        if saved is None:
            return None
        shown = await self.show(replace(opened, session=saved), revision, model, edited.after)
        return Answer(shown, dropped=edited.dropped, news=news(edited.before, edited.after))

    async def _is_done(self, command: Repeatable) -> bool:
        async with self.store.change() as change:
            return await change.replay(command) is not None

    async def _edit(self, model: Model, session: Session, wishes: Wishes) -> Edited:
        return await self.solving.on_session(
            model,
            session.id,
            lambda steps, cache: edit(steps, session, wishes.edits, cache, wishes.force, _CHOICES),
        )

    async def _save(
        self, viewer: Viewer, session: Session, edited: Edited, wishes: Wishes, command: Repeatable
    ) -> Session | None:
        changed = replace(session, choices=edited.after.choices, state=edited.after.state)
        if changed == session and not wishes.idempotency_key:
            return session
        async with self.store.change() as change:
            if wishes.idempotency_key and await change.replay(command) is not None:
                return None
            if not await change.save(changed, kind_of(viewer), _what(wishes)):
                return None
            if wishes.idempotency_key:
                await change.remember(command, {"version": session.version + 1})
        return replace(changed, version=session.version + 1)

    async def _stand(self, model: Model, session: Session) -> Step:
        return await self.solving.on_session(model, session.id, lambda steps, cache: standing(steps, session, cache))

    def _key(self, nonce: str, idempotency_key: str | None) -> str:
        return derive_key(self._secret, nonce, idempotency_key or "")


def _require_modellers(session: Session, refusal: NotPossible | Cycle) -> None:
    """What is for sale was checked whole: there it would be a fault, and is raised."""
    if session.kind is SessionKind.SALE:
        raise refusal


def require_current(session: Session, revision: Revision) -> None:
    """Raises RevisionObsolete where the session may only be read."""
    if revision.status is Status.OBSOLETE:
        raise RevisionObsolete(session.part, revision.number)


def require_version(session: Session, expected: int | None) -> None:
    """Raises VersionConflict where somebody expects another version than the session is at."""
    if expected not in (None, session.version):
        raise VersionConflict("The session", expected or 0, session.version, ("input", "expectedVersion"))


def _require_open(session: Session, expected: int | None) -> None:
    require_version(session, expected)
    if session.state in (SessionState.PARKED, SessionState.FINALISED):
        raise SessionClosed(session.state)


def _what(wishes: Wishes) -> tuple[str, ...]:
    return tuple(dict.fromkeys("unset" if wish.value is None else "choose" for wish in wishes.edits))


def _check(wishes: Wishes) -> None:
    if len(wishes.edits) > MOST_EDITS:
        raise InvalidInput(f"{len(wishes.edits)} choices are too many", _CHOICES, f"at most {MOST_EDITS} a call")
    if wishes.idempotency_key is not None:
        check_text(wishes.idempotency_key, LONGEST_KEY, ("input", "idempotencyKey"))
