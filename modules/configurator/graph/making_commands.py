"""What is handed in about making, and the commands on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as Number

import strawberry

from modules.configurator.graph.inputs import ConfigurationHandleInput
from modules.configurator.graph.making import ConfigurationCost
from modules.configurator.graph.makingprices import PriceOverrideInput, read_overrides
from modules.configurator.model.works import EVERY, CostKey, FloorMaster, Overhead, StoredCost, Supply, WorkCentre
from modules.configurator.service.floor import FloorService
from modules.configurator.service.making import MakingService
from modules.configurator.service.subjects import Subject
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.graph import JSON, REASON, Decimal, GraphContext, Info, Outcome, Problem, field, problems
from modules.kernel.money import parse_micros
from modules.kernel.names import Sku
from modules.kernel.viewer import Permission

_NOTHING = Decimal("0")
_ONE = Decimal("1")
_LEAVE = "Once it is whole; a finished configuration's id instead of a session."


@strawberry.input(description="Where work is done.")
class WorkCentreInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 characters.")
    hours_per_day: Decimal = strawberry.field(default=Decimal("8"), description="On which it works, up to 24.")
    weekdays: list[int] = strawberry.field(
        default_factory=lambda: [1, 2, 3, 4, 5], description="On which it is open: 1 is Monday, 7 Sunday."
    )
    closed: list[date] = strawberry.field(default_factory=list, description="Days on which it is not.")
    rate: Decimal | None = strawberry.field(
        default=None, description="Of an hour, in the cost currency; null: unknown."
    )

    def read(self) -> WorkCentre:
        """In the module's words."""
        return WorkCentre(
            id=str(self.id),
            hours_per_day=Number(self.hours_per_day),
            weekdays=frozenset(day - 1 for day in self.weekdays),
            closed=frozenset(self.closed),
            rate_micros=None if self.rate is None else _micros(self.rate, "rate"),
        )


@strawberry.input(description="How a part is counted and bought.")
class SupplyInput:
    sku: strawberry.ID = strawberry.field(description="Which part.")
    unit: str = strawberry.field(default="", description="Empty for pieces.")
    scale: int | None = strawberry.field(
        default=None, description="Decimals of the unit, 0 to 6; null: as the structure's line says."
    )
    lead_time_days: int | None = strawberry.field(default=None, description="Calendar days; null: unknown.")

    def read(self) -> Supply:
        """In the module's words."""
        days = self.lead_time_days
        return Supply(part=Sku(self.sku), unit=self.unit, scale=self.scale, lead_time_days=days)


@strawberry.input(description="What is added to the cost of nodes at a level.")
class OverheadInput:
    level: int = strawberry.field(description="0 is the root.")
    material_percent: Decimal = strawberry.field(default=_NOTHING, description="Of the material: 10 is ten percent.")
    operations_percent: Decimal = strawberry.field(default=_NOTHING, description="Of the work.")

    def read(self) -> Overhead:
        """In the module's words."""
        material, work = (_micros(one, "percent") // 100 for one in (self.material_percent, self.operations_percent))
        return Overhead(level=self.level, material_micros=material, operations_micros=work)


@strawberry.input(description="At most 1,000 in all, each once and whole: what is left out gets its default.")
class UpsertWorksInput:
    reason: str = strawberry.field(description=REASON)
    centres: list[WorkCentreInput] = strawberry.field(default_factory=list, description="Work centres.")
    supplies: list[SupplyInput] = strawberry.field(default_factory=list, description="Of parts.")
    overheads: list[OverheadInput] = strawberry.field(default_factory=list, description="By level.")

    def read(self) -> list[FloorMaster]:
        """In the module's words; centres first, then supplies, then overheads."""
        found: list[FloorMaster] = [one.read() for one in self.centres]
        found += [one.read() for one in self.supplies]
        return found + [one.read() for one in self.overheads]

    def way(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The path to an element of `read`'s list as the input has it."""
        if path[:2] != ("input", "masters") or len(path) < 3:
            return path
        place = int(path[2])
        for name in ("centres", "supplies", "overheads"):
            if place < len(given := getattr(self, name)):
                return ("input", name, str(place), *path[3:])
            place -= len(given)
        return path


@strawberry.input(description="A standard cost of one unit, in the cost currency.")
class StandardCostInput:
    sku: strawberry.ID = strawberry.field(description="Which part.")
    configuration: strawberry.ID = strawberry.field(
        default=strawberry.ID(EVERY), description="* is all of its configurations."
    )
    amount: Decimal = strawberry.field(description="Up to six decimals.")

    def read(self) -> StoredCost:
        """In the module's words."""
        return StoredCost(CostKey(Sku(self.sku), str(self.configuration)), _micros(self.amount, "amount"))


@strawberry.input(description="At most 1,000.")
class SetStandardCostsInput:
    reason: str = strawberry.field(description=REASON)
    costs: list[StandardCostInput] = strawberry.field(description="Each part and configuration once.")


@strawberry.input(description="Which order's cost is to be kept.")
class SaveConfigurationCostInput(ConfigurationHandleInput):
    configuration: strawberry.ID | None = strawberry.field(default=None, description=_LEAVE)
    quantity: Decimal = strawberry.field(default=_ONE, description="Of the order.")
    accepted: list[str] = strawberry.field(
        default_factory=list, description="Paths of nodes that may have no cost; free issue need not be named."
    )


@strawberry.input(description="For which line of a quote or an order a configuration is to be made.")
class HandOverConfigurationInput(ConfigurationHandleInput):
    line: str = strawberry.field(description="The line's own name, 1 to 200 characters.")
    configuration: strawberry.ID | None = strawberry.field(default=None, description=_LEAVE)
    quantity: Decimal = strawberry.field(default=_ONE, description="Of the line.")
    overrides: list[PriceOverrideInput] = strawberry.field(default_factory=list, description="For prices:write.")


@strawberry.type(description="What became of the masters or costs.")
class WorksPayload(Outcome):
    pass


@strawberry.type(description="What became of a cost.")
class ConfigurationCostPayload:
    saved_as: strawberry.ID | None = strawberry.field(
        description="The configuration whose cost it is, * for all of the part; null when nothing was kept."
    )
    cost: ConfigurationCost | None = strawberry.field(description="As it was kept.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A document that hands a configuration over; it never changes.")
class ConfigurationHandOver:
    key: str = strawberry.field(description="By which receivers tell repetitions.")
    number: int = strawberry.field(description="Among those of its line: the highest holds.")
    document: JSON = strawberry.field(description="See the documentation of its schema.")


@strawberry.type(description="What was handed over.")
class ConfigurationHandOverPayload:
    hand_over: ConfigurationHandOver | None = strawberry.field(description="The document as it was sent.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


def _micros(text: Decimal, name: str) -> int:
    try:
        return parse_micros(text)
    except ValueError as error:
        raise InvalidInput(str(error), ("input", name), "up to 6 decimals") from None


def _count(text: Decimal) -> Number:
    return Number(_micros(text, "quantity")) / 1_000_000


async def _upsert_works(info: Info, input: UpsertWorksInput) -> WorksPayload:
    try:
        masters = input.read()
    except InvalidInput as refusal:
        return WorksPayload(changed=0, unchanged=0, problems=problems(info.context, [refusal]))
    done = await info.context.use(FloorService).upsert(info.context.viewer, masters, input.reason)
    for problem in done.problems:
        problem.path = input.way(problem.path)
    return WorksPayload.of(info, done)


async def _set_costs(info: Info, input: SetStandardCostsInput) -> WorksPayload:
    try:
        costs = [one.read() for one in input.costs]
    except InvalidInput as refusal:
        return WorksPayload(changed=0, unchanged=0, problems=problems(info.context, [refusal]))
    done = await info.context.use(FloorService).set_costs(info.context.viewer, costs, input.reason)
    return WorksPayload.of(info, done)


async def _subject(context: GraphContext, input: SaveConfigurationCostInput | HandOverConfigurationInput) -> Subject:
    # The right first: who lacks it must not learn which configurations there are.
    context.viewer.require(Permission.MODELS_WRITE)
    found = await context.use(MakingService).find(context.viewer, input.handle(), input.configuration)
    if found is None:
        raise InvalidInput("This opens nothing.", ("input",), "key, id or configuration")
    return found


async def _save_cost(info: Info, input: SaveConfigurationCostInput) -> ConfigurationCostPayload:
    service, viewer = info.context.use(MakingService), info.context.viewer
    try:
        subject = await _subject(info.context, input)
        key, cost = await service.save_cost(subject, _count(input.quantity), viewer, input.accepted)
    except Refused as refusal:
        return ConfigurationCostPayload(saved_as=None, cost=None, problems=problems(info.context, [refusal]))
    return ConfigurationCostPayload(
        saved_as=strawberry.ID(key.configuration), cost=ConfigurationCost.of(cost), problems=[]
    )


async def _hand_over(info: Info, input: HandOverConfigurationInput) -> ConfigurationHandOverPayload:
    service, viewer = info.context.use(MakingService), info.context.viewer
    try:
        subject = await _subject(info.context, input)
        overrides = read_overrides(input.overrides, viewer.currency)
        handed = await service.hand_over(subject, input.line, _count(input.quantity), viewer, overrides)
    except Refused as refusal:
        return ConfigurationHandOverPayload(hand_over=None, problems=problems(info.context, [refusal]))
    shown = ConfigurationHandOver(key=handed.key, number=handed.number, document=JSON(handed.document))
    return ConfigurationHandOverPayload(hand_over=shown, problems=[])


@strawberry.type
class MakingMutation:
    upsert_works: WorksPayload = field(
        _upsert_works, description="Writes work centres, supplies and overheads; for models:write."
    )
    set_standard_costs: WorksPayload = field(_set_costs, description="Writes costs of parts; for models:write.")
    save_configuration_cost: ConfigurationCostPayload = field(
        _save_cost, description="Keeps what a configuration costs its maker as its standard cost; for models:write."
    )
    hand_over_configuration: ConfigurationHandOverPayload = field(
        _hand_over,
        description="Makes the document for whoever makes the configuration, and sends it once; for models:write. "
        "Repeated for the same line, configuration and model it is the same document.",
    )
