"""What modellers try out, as the graph shows it: traces, test runs, coverage, differences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import strawberry

from modules.configurator.engine import comparing
from modules.configurator.engine.entering import shortest
from modules.configurator.graph.modelviews import ModelRevision
from modules.configurator.graph.steps import ConfigurableCharacteristic, ConfigurationMessage
from modules.configurator.graph.words import Words
from modules.configurator.model import traces, trials
from modules.configurator.model.formulas import Result
from modules.configurator.model.sessions import SessionState
from modules.configurator.service.quality import Attempt
from modules.kernel.graph import Problem

strawberry.enum(
    traces.Source,
    name="ModelTraceSource",
    description="What an entry of a trace is: a CHOICE, a value INHERITED from a parent, set by a PACKAGE, FORCED by "
    "rules that leave nothing else, COMPUTED by a rule, or a DEFAULT; the result of a FORMULA or TABLE; or the "
    "condition of a RULE.",
)
strawberry.enum(comparing.Change, name="ModelContentChange", description="What became of something.")


def text_of(result: Result | None) -> str | None:
    """A result as text: numbers without zeros at their end, truths as `true` and `false`."""
    if result is None:
        return None
    if isinstance(result, bool):
        return str(result).lower()
    return result if isinstance(result, str) else f"{shortest(result):f}"


@strawberry.type(description="A comparison with the values on both its sides.")
class ModelComparison:
    text: str = strawberry.field(description="As it stands in the condition; of a cell what its factor reads.")
    left: str | None = strawberry.field(description="Null: no value.")
    operator: str = strawberry.field(
        description="Such as =, in, between, is set, matches, is true; of a cell also any."
    )
    right: list[str | None] = strawberry.field(description="Two of a range, several of a set.")
    truth: bool | None = strawberry.field(description="Null: unknown.")

    @classmethod
    def every(cls, found: Iterable[trials.Compared]) -> list[Self]:
        """From the model's values."""
        return [
            cls(
                text=one.text,
                left=text_of(one.left),
                operator=one.operator,
                right=[text_of(operand) for operand in one.right],
                truth=one.truth,
            )
            for one in found
        ]


@strawberry.type(description="A row of a table held against values.")
class ModelRowTrial:
    sequence: int = strawberry.field(description="Which row.")
    result: str | None = strawberry.field(description="What it gives.")
    cells: list[ModelComparison] = strawberry.field(description="Factor by factor.")

    @classmethod
    def of(cls, row: trials.RowTrial) -> Self:
        """From the model's value."""
        return cls(sequence=row.sequence, result=text_of(row.result), cells=ModelComparison.every(row.cells))


@strawberry.type(description="How a formula or table comes to its result.")
class ModelTrial:
    name: str = strawberry.field(description="formula:AREA or table:RATES.")
    result: str | None = strawberry.field(description="Null: it has none.")
    why: str | None = strawberry.field(description="Why it has none.")
    why_code: str | None = strawberry.field(description="The same as a stable code, such as E_DIV_ZERO or E_CYCLE.")
    compared: list[ModelComparison] = strawberry.field(description="Of a formula, the comparisons in it.")
    row: ModelRowTrial | None = strawberry.field(description="Of a table, the row that matched; null: its default.")
    nearest: list[ModelRowTrial] = strawberry.field(
        description="Where none matched: those that agree most, up to three."
    )
    reads: list[str] = strawberry.field(description="The formulas and tables that it uses itself.")

    @classmethod
    def of(cls, trial: trials.Trial) -> Self:
        """From the model's value."""
        return cls(
            name=trial.name,
            result=text_of(trial.result),
            why=trial.why.message if trial.why else None,
            why_code=trial.why.code if trial.why else None,
            compared=ModelComparison.every(trial.compared),
            row=ModelRowTrial.of(trial.row) if trial.row else None,
            nearest=[ModelRowTrial.of(row) for row in trial.nearest],
            reads=list(trial.reads),
        )


@strawberry.type(description="A test run of a formula or table.")
class ModelRun:
    trial: ModelTrial = strawberry.field(description="What was tried.")
    parts: list[ModelTrial] = strawberry.field(description="All that it uses, each after what it uses itself.")

    @classmethod
    def of(cls, run: trials.Run) -> Self:
        """From the model's value."""
        return cls(trial=ModelTrial.of(run.trial), parts=[ModelTrial.of(part) for part in run.parts])


@strawberry.type(description="Something that was given a value, or was tried.")
class ModelTraceEntry:
    source: traces.Source = strawberry.field(description="What it is, or what gave the value.")
    name: str = strawberry.field(
        description="WIDTH, its quantity WIDTH.qty, formula:AREA, table:RATES, or a rule's id."
    )
    result: str | None = strawberry.field(description="The value; of a rule whether it fires, null: unknown.")
    rules: list[strawberry.ID] = strawberry.field(description="The rules that gave the value.")
    package: str | None = strawberry.field(description="The package that gave the value, as SPORT.YES.")
    trial: ModelTrial | None = strawberry.field(description="Of a formula or table: how its result comes about.")
    compared: list[ModelComparison] = strawberry.field(description="Of a rule, the comparisons in its condition.")

    @classmethod
    def of(cls, entry: traces.Entry) -> Self:
        """From the model's value."""
        return cls(
            source=entry.source,
            name=entry.name,
            result=text_of(entry.result),
            rules=[strawberry.ID(rule) for rule in entry.rules],
            package=entry.package,
            trial=ModelTrial.of(entry.trial) if entry.trial else None,
            compared=ModelComparison.every(entry.rule.compared) if entry.rule else [],
        )


@strawberry.type(description="What comes of choices on a revision, and how.")
class ConfiguratorTrace:
    revision: ModelRevision = strawberry.field(description="On which.")
    content_version: int = strawberry.field(description="On which content of it.")
    state: SessionState | None = strawberry.field(description="INCOMPLETE or COMPLETE; null with problems.")
    missing: list[str] = strawberry.field(description="Without which it is not complete; a quantity as NAME.qty.")
    messages: list[ConfigurationMessage] = strawberry.field(description="What rules say.")
    characteristics: list[ConfigurableCharacteristic] = strawberry.field(
        description="All of them with what they are and may be, hidden ones too; none with problems."
    )
    entries: list[ModelTraceEntry] = strawberry.field(
        description="Values in the order in which they became known, then every rule in its sequence. What a formula "
        "or table gave stands before what first used it."
    )
    problems: list[Problem] = strawberry.field(description="Why the choices cannot be, or cannot be together.")

    @classmethod
    def of(cls, found: Attempt, problems: list[Problem], locale: str) -> Self:
        """In the viewer's language."""
        words, step = Words(found.content, locale), found.step
        category = {one.characteristic: one.category for one in found.family.members} if found.family else {}
        return cls(
            revision=ModelRevision.of(found.revision),
            content_version=found.content.version,
            state=step.state if step else None,
            missing=list(step.missing) if step else [],
            messages=[ConfigurationMessage.of(message, words) for message in step.messages] if step else [],
            characteristics=[
                ConfigurableCharacteristic.of(member, category.get(member.characteristic, ""), step, words)
                for member in (found.content.members if step else ())
                if step
            ],
            entries=[ModelTraceEntry.of(entry) for entry in found.entries],
            problems=problems,
        )


@strawberry.type(description="A characteristic that is not what a test case expects.")
class ModelDeviation:
    characteristic: strawberry.ID = strawberry.field(description="Which one.")
    expected: str | None = strawberry.field(description="Null: no value.")
    found: str | None = strawberry.field(description="Null: no value.")


@strawberry.type(description="A stored test case of a revision, and what came of it.")
class ModelCaseResult:
    id: strawberry.ID = strawberry.field(description="Of the case.")
    passed: bool = strawberry.field(description="Whether all is as it says.")
    expected_possible: bool = strawberry.field(description="Whether its choices were to go together.")
    possible: bool = strawberry.field(description="Whether they do; a choice that is no value at all does not.")
    expected_complete: bool | None = strawberry.field(description="Whether it was to be complete; null: not asked.")
    complete: bool | None = strawberry.field(description="Whether it is; null: it is not possible.")
    deviations: list[ModelDeviation] = strawberry.field(description="Values that are not as expected.")
    fired: list[strawberry.ID] = strawberry.field(description="Rules whose condition is true, in their sequence.")
    blamed: list[strawberry.ID] = strawberry.field(description="Rules because of which it is not possible.")
    problems: list[Problem] = strawberry.field(description="Why it is not possible.")

    @classmethod
    def of(cls, run: trials.ConfigurationRun, problems: list[Problem]) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(run.case.id),
            passed=run.has_passed,
            expected_possible=run.case.possible,
            possible=run.refusal is None,
            expected_complete=run.case.complete,
            complete=None if run.state is None else run.state is SessionState.COMPLETE,
            deviations=[
                ModelDeviation(
                    characteristic=strawberry.ID(one.characteristic),
                    expected=text_of(one.expected),
                    found=text_of(one.found),
                )
                for one in run.deviations
            ],
            fired=[strawberry.ID(rule) for rule in run.fired],
            blamed=[strawberry.ID(rule) for rule in run.blamed],
            problems=problems,
        )


@strawberry.type(description="Which test cases show something of a rule.")
class ModelRuleCoverage:
    rule: strawberry.ID = strawberry.field(description="Its id.")
    covered: bool = strawberry.field(description="Whether any case does.")
    fired: list[strawberry.ID] = strawberry.field(description="Cases in which its condition is true.")
    blamed: list[strawberry.ID] = strawberry.field(description="Cases that are not possible because of it.")

    @classmethod
    def of(cls, one: trials.RuleCoverage) -> Self:
        """From the model's value."""
        fired, blamed = ([strawberry.ID(id) for id in ids] for ids in (one.fired, one.blamed))
        return cls(rule=strawberry.ID(one.rule), covered=one.is_covered, fired=fired, blamed=blamed)


@strawberry.type(description="Stored test cases that were run.")
class ModelCaseReport:
    revision: ModelRevision = strawberry.field(description="On which revision.")
    passed: int = strawberry.field(description="How many came out as they must.")
    failed: int = strawberry.field(description="How many did not.")
    results: list[ModelCaseResult] = strawberry.field(description="In the order in which they are kept.")
    coverage: list[ModelRuleCoverage] = strawberry.field(description="Of all rules that are not disabled, in sequence.")


@strawberry.type(description="A field that is not as it was.")
class ModelDetail:
    path: str = strawberry.field(description="The way to it, as options.RED.number.")
    before: str | None = strawberry.field(description="Null: nothing.")
    after: str | None = strawberry.field(description="Null: nothing.")


@strawberry.type(description="Something that is not as it was.")
class ModelContentDifference:
    change: comparing.Change = strawberry.field(description="What became of it.")
    kind: str = strawberry.field(description="characteristic, component, formula, member, rule or table.")
    name: str = strawberry.field(description="What it is called.")
    details: list[ModelDetail] = strawberry.field(
        description=f"Of what has changed, by path, at most {comparing.MOST_DETAILS}."
    )

    @classmethod
    def of(cls, one: comparing.Difference) -> Self:
        """From the model's value."""
        details = [ModelDetail(path=each.path, before=each.before, after=each.after) for each in one.details]
        return cls(change=one.change, kind=one.kind, name=one.name, details=details)
