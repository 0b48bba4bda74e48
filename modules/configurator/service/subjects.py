"""What is priced and made: the resolved values of a session, or of a finished configuration on the model of today."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from modules.configurator.engine.entering import enter
from modules.configurator.engine.steps import Steps
from modules.configurator.engine.validity import choices_of
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import ConfiguratorRefusal, Incomplete, LimitReached, NoRevision
from modules.configurator.model.sessions import Assignment, SessionState, Specification
from modules.configurator.service.models import Models
from modules.configurator.service.sessions import Shown
from modules.configurator.service.solving import Model, Solving
from modules.kernel.configuration import unpinned
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.viewer import Viewer

MOST_KEPT: Final = 5_000
Values = Mapping[str, Assignment]


@dataclass(frozen=True, slots=True)
class Subject:
    """Values on a model, needed on a day; `missing` names what is not there yet. `id` is a finished one's."""

    model: Model
    assignments: Values
    need_date: date
    site: str = ""
    missing: tuple[str, ...] = ()
    id: ConfigurationId | None = None

    @property
    def content(self) -> Content:
        """What it is configured by."""
        return self.model.content

    @property
    def part(self) -> Sku:
        """What is configured."""
        return self.model.content.part

    def require_whole(self) -> None:
        """Raises Incomplete with what is missing."""
        if self.missing:
            raise Incomplete(self.missing)


def subject_of(shown: Shown) -> Subject:
    """Of a session as it stands."""
    session, step = shown.session, shown.step
    whole = step.state is SessionState.COMPLETE or session.state is SessionState.FINALISED
    missing = () if whole else step.missing or ("configuration",)
    return Subject(shown.model, step.assignments, session.need_date, session.site, missing, session.configuration)


class Subjects:
    """Finished configurations; each is solved once for each model it is looked at with."""

    def __init__(self, models: Models, solving: Solving) -> None:
        self._models = models
        self._solving = solving
        self._known: OrderedDict[tuple[str, str], Values | ConfiguratorRefusal] = OrderedDict()

    async def of(
        self, specifications: Sequence[Specification | None], viewer: Viewer
    ) -> list[Subject | ConfiguratorRefusal | None]:
        """Same length and order, on the model that holds today by the market's calendar, else on the one it was made
        with; a refusal where its values do not fit there, None for none."""
        day = viewer.channel.market.today(viewer.now)
        parts = list(dict.fromkeys(one.part for one in specifications if one))
        holding = dict(zip(parts, await self._models.effective(parts, day), strict=True)) if parts else {}
        models: dict[Sku, Model | None] = {}
        for part, revision in holding.items():
            models[part] = await self._models.model(revision, revision.content_version) if revision else None
        return [await self._of(one, models[one.part], day) if one else None for one in specifications]

    async def _of(self, one: Specification, model: Model | None, day: date) -> Subject | ConfiguratorRefusal:
        model = model or await self._made_with(one)
        if model is None:
            return NoRevision(one.part, day)
        found = await self._values(one, model)
        return found if isinstance(found, ConfiguratorRefusal) else Subject(model, found, day, id=unpinned(one.name)[0])

    async def _made_with(self, one: Specification) -> Model | None:
        revision = await self._models.revision(one.part, one.revision)
        return await self._models.model(revision, one.content_version) if revision else None

    async def _values(self, one: Specification, model: Model) -> Values | ConfiguratorRefusal:
        key = (one.name, model.hash)
        if key in self._known:
            return self._known[key]
        found = await self._solving.on(model, lambda steps: _values(steps, one.text))
        if not isinstance(found, LimitReached):  # that is the moment's fault, and no answer about the values
            self._known[key] = found
            if len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return found


def _values(steps: Steps, text: str) -> Values | ConfiguratorRefusal:
    try:
        entered = [enter(steps.content, choice) for choice in choices_of(steps, text)]
        step = steps.evaluate([choice for choice in entered if choice is not None])
    except ConfiguratorRefusal as refusal:
        return refusal
    if step.partial:
        return LimitReached()
    return Incomplete(step.missing) if step.missing else step.assignments
