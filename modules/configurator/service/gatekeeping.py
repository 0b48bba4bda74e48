"""The checks before a release: everything that needs the solver, beside the event loop (section 3)."""

from __future__ import annotations

from collections.abc import Sequence

from modules.configurator.engine.checking import Finding, Kind, check_content, check_model
from modules.configurator.engine.gating import Offering
from modules.configurator.engine.proving import failing
from modules.configurator.engine.steps import Steps
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.errors import Cycle, NotUsable, UnsatisfiableModel
from modules.configurator.model.outcomes import Notice
from modules.configurator.service.solving import Model, Solving
from modules.kernel.errors import Refused


class Gatekeeper:
    """Checks contents; what it finds is told whether it forbids a release or not."""

    def __init__(self, solving: Solving) -> None:
        self._solving = solving

    async def check(self, offering: Offering) -> tuple[list[Notice], list[Refused]]:
        """The full checks of a revision's content: all findings, and what of them forbids to release it."""
        findings = check_content(offering.content)
        failed: Sequence[str] = ()
        # A model with a cycle cannot be evaluated.
        if not any(finding.kind is Kind.CYCLE for finding in findings):

            def work(steps: Steps) -> tuple[list[Finding], list[str]]:
                return check_model(steps.machine), failing(steps, offering.cases)

            found, failed = await self._solving.on(Model(offering.content, offering.hash), work)
            findings += found
        key = RevisionKey(offering.revision.part, offering.revision.number)
        notices = [Notice(key, one.kind.value, one.about, one.rules, one.is_error) for one in findings]
        notices += [Notice(key, "failing case", (id,), (), True) for id in failed]
        return notices, refusals(findings, failed)


def refusals(findings: Sequence[Finding], failed: Sequence[str]) -> list[Refused]:
    """What forbids a release, by the codes of section 9."""
    found: list[Refused] = [error for finding in findings if (error := _refusal(finding)) is not None]
    unusable = [finding.about[0] for finding in findings if finding.kind is Kind.NOT_USABLE]
    if unusable:
        found.append(NotUsable(unusable))
    if failed:
        found.append(NotUsable([f"test case {id}" for id in failed]))
    return found


def _refusal(finding: Finding) -> Refused | None:
    match finding.kind:
        case Kind.UNSATISFIABLE:
            return UnsatisfiableModel(finding.rules)
        case Kind.CYCLE:
            return Cycle(finding.about)
        case Kind.DEAD_CHARACTERISTIC:
            about = finding.about[0]
            return UnsatisfiableModel(finding.rules, f"{about} is required and can have no value.")
        case Kind.PACKAGE:
            package, option = finding.about
            message = f"The package {package}.{option} contradicts {', '.join(finding.rules) or 'itself'}."
            return UnsatisfiableModel(finding.rules, message)
    return None
