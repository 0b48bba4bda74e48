"""Quality: what modellers try out, trace, test and compare on any revision, without a session (section 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from modules.configurator.engine.comparing import Difference, differences
from modules.configurator.engine.covering import coverage, run_configurations
from modules.configurator.engine.entering import enter
from modules.configurator.engine.narrating import narrate
from modules.configurator.engine.steps import Steps
from modules.configurator.engine.trying import Values, try_out
from modules.configurator.engine.usability import family_content
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadChoice, ConfiguratorRefusal, Cycle, NotPossible
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Revision
from modules.configurator.model.sessions import Choice
from modules.configurator.model.steps import Step
from modules.configurator.model.traces import Entry
from modules.configurator.model.trees import ReferenceKind
from modules.configurator.model.trials import ConfigurationRun, RuleCoverage, Run
from modules.configurator.service.door import Handle
from modules.configurator.service.models import Models
from modules.configurator.service.sessions import SessionService
from modules.configurator.service.solving import Model
from modules.configurator.store.models import ModelStore
from modules.kernel.viewer import Permission, Viewer

_AT_ONCE: Final = 10
"""Test cases in one go: sessions get their turn in between."""


@dataclass(frozen=True, slots=True)
class Version:
    """A content of a revision; `version` None: the present one."""

    revision: RevisionKey
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What comes of choices on a content, and how; with problems neither step nor entries."""

    revision: Revision
    content: Content
    family: Family | None
    step: Step | None = None
    entries: tuple[Entry, ...] = ()
    problems: tuple[ConfiguratorRefusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """The stored cases that were run, in their order, and which of the rules they show something of."""

    revision: Revision
    content: Content
    runs: tuple[ConfigurationRun, ...]
    coverage: tuple[RuleCoverage, ...]


class QualityService:
    """Changes nothing; each needs MODELS_READ."""

    def __init__(self, store: ModelStore, models: Models, sessions: SessionService) -> None:
        self._store = store
        self._models = models
        self._sessions = sessions

    async def attempt(self, viewer: Viewer, of: Version, choices: Sequence[Choice]) -> Attempt | None:
        """What comes of choices, in their order, on any content; None for an unknown one.

        All that cannot be values are told together, with the path from `choices` on.
        """
        viewer.require(Permission.MODELS_READ)
        found = await self._find(of)
        return None if found is None else await self._attempt(*found, choices)

    async def attempt_of(self, viewer: Viewer, handle: Handle) -> Attempt | None:
        """The same of a session's choices on its model; None for what opens nothing."""
        viewer.require(Permission.MODELS_READ)
        shown = await self._sessions.get(viewer, handle)
        if shown is None:
            return None
        session = shown.session
        return await self._attempt(shown.revision, shown.model, session.choices, session.inherited)

    async def test(
        self, viewer: Viewer, of: RevisionKey, against: Version | None = None, ids: Collection[str] | None = None
    ) -> Tested | None:
        """The stored cases of a revision run on its present content, or on another one; None for an unknown one.

        `ids` are those to be run; None: all. Coverage is of the rules of the content they are run on.
        """
        viewer.require(Permission.MODELS_READ)
        found = await self._find(against or Version(of))
        cases = await self._cases(of)
        if found is None or cases is None:
            return None
        revision, model = found
        wanted = [case for case in cases if ids is None or case.id in ids]
        runs: list[ConfigurationRun] = []
        for begin in range(0, len(wanted), _AT_ONCE):
            some = wanted[begin : begin + _AT_ONCE]
            runs += await self._run_some(model, some)
        return Tested(revision, model.content, tuple(runs), tuple(coverage(model.content.rules, runs)))

    async def _run_some(self, model: Model, cases: Sequence[ConfigurationCase]) -> list[ConfigurationRun]:
        """A model with a cycle cannot be evaluated: none of its cases passes, and each says so."""
        try:
            return await self._sessions.solving.on(model, partial(_run, cases))
        except Cycle as refusal:
            return [ConfigurationRun(case, None, refusal) for case in cases]

    async def differences(self, viewer: Viewer, before: Version, after: Version) -> list[Difference] | None:
        """All in which one content differs from another, by kind and name; None where one of them is unknown."""
        viewer.require(Permission.MODELS_READ)
        old, new = await self._find(before), await self._find(after)
        if old is None or new is None:
            return None
        return await asyncio.to_thread(differences, old[1].content, new[1].content)

    async def run(self, viewer: Viewer, family: str, kind: ReferenceKind, id: str, values: Values) -> Run | None:
        """What a formula or table gives for its stored test values, overridden by these; None for an unknown one.

        Raises UnknownCharacteristic, UnknownOption or WrongType for a value that cannot be.
        """
        viewer.require(Permission.MODELS_READ)
        bundle = await self._store.bundle(family)
        if bundle is None:
            return None
        tried = bundle.formulas.get(id) if kind is ReferenceKind.FORMULA else bundle.tables.get(id)
        if tried is None:
            return None
        return await asyncio.to_thread(try_out, family_content(bundle), tried, values)

    async def _find(self, of: Version) -> tuple[Revision, Model] | None:
        revision = await self._models.revision(of.revision.part, of.revision.number)
        if revision is None:
            return None
        model = await self._models.model(revision, of.version or revision.content_version)
        return None if model is None else (revision, model)

    async def _cases(self, of: RevisionKey) -> Sequence[ConfigurationCase] | None:
        (part,) = await self._store.parts([of.part])
        bundle = await self._store.bundle(part.family) if part else None
        return None if bundle is None or of not in bundle.revisions else bundle.cases.get(of, ())

    async def _attempt(
        self, revision: Revision, model: Model, choices: Sequence[Choice], inherited: Sequence[Choice] = ()
    ) -> Attempt:
        family = await self._models.family(revision.part)
        content = model.content
        entered, problems = _entered(content, choices)
        if problems:
            return Attempt(revision, content, family, problems=tuple(problems))

        def work(steps: Steps) -> tuple[Step, tuple[Entry, ...]]:
            return steps.evaluate(entered, inherited=inherited), narrate(steps, entered, inherited)

        try:
            step, entries = await self._sessions.solving.on(model, work)
        except (NotPossible, Cycle) as refusal:
            return Attempt(revision, content, family, problems=(refusal,))
        return Attempt(revision, content, family, step, entries)


def _run(cases: Sequence[ConfigurationCase], steps: Steps) -> list[ConfigurationRun]:
    return run_configurations(steps, cases)


def _entered(content: Content, choices: Sequence[Choice]) -> tuple[list[Choice], list[BadChoice]]:
    """The choices in normal form, and what cannot be one."""
    entered: list[Choice] = []
    problems: list[BadChoice] = []
    for place, choice in enumerate(choices):
        try:
            found = enter(content, choice, ("choices", place))
            entered += [found] if found is not None else []
        except BadChoice as problem:
            problems.append(problem)
    return entered, problems
