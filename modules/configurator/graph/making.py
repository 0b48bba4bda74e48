"""What is made of a configuration: its price line by line, what it takes, how long, what it costs."""

from __future__ import annotations

from decimal import Decimal as Number
from typing import Annotated, Self

import strawberry

from modules.configurator.engine.handover import plain
from modules.configurator.engine.labels import text_in
from modules.configurator.graph.makingprices import ConfigurationPrice, Overrides, read_overrides
from modules.configurator.model import assemblies
from modules.configurator.model.assemblies import path_of
from modules.configurator.model.breakdowns import NoCost
from modules.configurator.model.leadtimes import LeadTime
from modules.configurator.model.promises import Promise
from modules.configurator.model.weights import Weight
from modules.configurator.service.door import Handle
from modules.configurator.service.making import Costed, MakingService
from modules.configurator.service.subjects import Subject
from modules.kernel import money
from modules.kernel.errors import BadUserInput, Refused
from modules.kernel.graph import DateTime, Decimal, Info, Problem, Product, UnitPrice, field, instant, problems

_ONE = Decimal("1")
strawberry.enum(
    NoCost,
    name="ConfigurationNoCost",
    description="MISSING: no cost is kept. ZERO: it costs nothing. FREE_ISSUE: the customer gives it.",
)


@strawberry.type(description="A value for whoever builds it.")
class ConfigurationParameter:
    key: str = strawberry.field(description="What is set.")
    value: str = strawberry.field(description="To what.")
    unit: str = strawberry.field(description="Empty for none.")

    @classmethod
    def of(cls, one: assemblies.Parameter) -> Self:
        """From the model's."""
        return cls(key=one.key, value=str(plain(one.value)), unit=one.unit)


@strawberry.type(description="A step of work. Hours.")
class ConfigurationOperation:
    id: strawberry.ID = strawberry.field(description="Of the routing's operation.")
    work_centre: strawberry.ID = strawberry.field(description="Where it is done.")
    setup: Decimal = strawberry.field(description="Once.")
    run: Decimal = strawberry.field(description="For each unit.")
    hours: Decimal = strawberry.field(description="For the node's quantity.")
    tools: list[strawberry.ID] = strawberry.field(description="What it needs.")
    texts: list[str] = strawberry.field(description="For whoever does it, in the viewer's language.")
    parameters: list[ConfigurationParameter] = strawberry.field(description="What the machine is set to.")
    documents: list[str] = strawberry.field(description="References.")

    @classmethod
    def of(cls, one: assemblies.Operation, locale: str) -> Self:
        """From the model's."""
        locales = (locale, locale.partition("-")[0])
        return cls(
            id=strawberry.ID(one.id),
            work_centre=strawberry.ID(one.work_centre),
            setup=Decimal(f"{one.setup:f}"),
            run=Decimal(f"{one.run:f}"),
            hours=Decimal(f"{one.hours:f}"),
            tools=[strawberry.ID(tool.id) for tool in one.tools],
            texts=[text_in(text, locales) for text in one.texts],
            parameters=[ConfigurationParameter.of(parameter) for parameter in one.parameters],
            documents=list(one.documents),
        )


@strawberry.type(description="So much of a part, as a node of the tree.")
class ConfigurationNode:
    path: str = strawberry.field(description="From the root: parts with the structure's lines, as DOOR/FRAME#10.")
    depth: int = strawberry.field(description="0 is the root.")
    product: Product = strawberry.field(description="Which part.")
    quantity: Decimal = strawberry.field(description="For the whole order, in `unit`.")
    unit: str = strawberry.field(description="Empty for pieces.")
    configuration: strawberry.ID | None = strawberry.field(description="Of a configured part, once it has an id.")
    free_issue: bool = strawberry.field(description="Whether the customer gives it.")
    operations: list[ConfigurationOperation] = strawberry.field(description="How it is made, in order.")
    parameters: list[ConfigurationParameter] = strawberry.field(description="For whoever builds it.")
    documents: list[str] = strawberry.field(description="References.")

    @classmethod
    def of(cls, path: tuple[str, ...], node: assemblies.Node, locale: str) -> Self:
        """From the model's."""
        made = node.configured
        return cls(
            path=path_of(path),
            depth=len(path) - 1,
            product=Product(sku=strawberry.ID(node.part)),
            quantity=Decimal(f"{node.quantity:f}"),
            unit=node.unit,
            configuration=strawberry.ID(made.id) if made and made.id else None,
            free_issue=node.free_issue,
            operations=[ConfigurationOperation.of(one, locale) for one in node.operations],
            parameters=[ConfigurationParameter.of(one) for one in node.parameters],
            documents=list(node.documents),
        )


@strawberry.type(description="All that an order takes.")
class ConfigurationStructure:
    nodes: list[ConfigurationNode] = strawberry.field(description="Parents first, in the order of the structure.")
    skipped: list[str] = strawberry.field(description="Paths of lines that came to a quantity of zero.")
    problems: list[Problem] = strawberry.field(description="Why it cannot be built.")


@strawberry.type(description="A step of what everything waits for.")
class ConfigurationWait:
    path: str = strawberry.field(description="The node.")
    days: int = strawberry.field(description="Its own calendar days.")


@strawberry.type(description="How long an order takes that begins today.")
class ConfigurationLeadTime:
    days: int | None = strawberry.field(description="Calendar days; null when part of it is unknown.")
    sum_days: int | None = strawberry.field(description="One after another.")
    critical: list[ConfigurationWait] = strawberry.field(description="What everything waits for, the root first.")
    warnings: list[str] = strawberry.field(description="What is unknown.")
    problems: list[Problem] = strawberry.field(description="Why it cannot be said.")

    @classmethod
    def of(cls, found: LeadTime) -> Self:
        """From the model's."""
        return cls(
            days=found.days,
            sum_days=found.sum_days,
            critical=[ConfigurationWait(path=path, days=days) for path, days in found.critical],
            warnings=list(found.warnings),
            problems=[],
        )


@strawberry.type(description="A bought component of an order.")
class ConfigurationComponent:
    product: Product = strawberry.field(description="Which one.")
    needed: Decimal = strawberry.field(description="For the order.")
    available: Decimal | None = strawberry.field(description="Null: without limit, or nobody counts it.")
    ready: str | None = strawberry.field(description="The date on which all of it is there; null: not known.")


@strawberry.type(description="What can be promised of an order that begins today.")
class ConfigurationPromise:
    available: int | None = strawberry.field(description="How many the components suffice for; null: without limit.")
    earliest: str | None = strawberry.field(description="The date on which the order is finished; null: not known.")
    scarcest: strawberry.ID | None = strawberry.field(description="The component that limits it; for models:read.")
    components: list[ConfigurationComponent] = strawberry.field(description="By sku; for models:read, else empty.")
    problems: list[Problem] = strawberry.field(description="Why nothing can be promised.")

    @classmethod
    def of(cls, found: Promise) -> Self:
        """From the model's."""
        return cls(
            available=found.available,
            earliest=found.earliest.isoformat() if found.earliest else None,
            scarcest=strawberry.ID(found.scarcest) if found.scarcest else None,
            components=[
                ConfigurationComponent(
                    product=Product(sku=strawberry.ID(one.part)),
                    needed=Decimal(f"{one.needed:f}"),
                    available=None if one.available is None else Decimal(f"{one.available:f}"),
                    ready=one.ready.isoformat() if one.ready else None,
                )
                for one in found.components
            ],
            problems=[],
        )


@strawberry.type(description="What one unit weighs: the sum of what it is made of.")
class ConfigurationWeight:
    weight_grams: int | None = strawberry.field(description="Rounded up; null when it is not known.")
    missing: list[Product] = strawberry.field(
        description="The components without a weight, in the order of the structure; for models:read, else empty."
    )
    problems: list[Problem] = strawberry.field(description="Why it cannot be said.")

    @classmethod
    def of(cls, found: Weight) -> Self:
        """From the model's."""
        missing = [Product(sku=strawberry.ID(part)) for part in found.missing]
        return cls(weight_grams=found.grams, missing=missing, problems=[])


@strawberry.type(description="What a node costs for the whole order.")
class ConfigurationNodeCost:
    path: str = strawberry.field(description="The node.")
    material: UnitPrice = strawberry.field(description="What it is made of, or bought for.")
    operations: UnitPrice = strawberry.field(description="Work on it.")
    overhead: UnitPrice = strawberry.field(description="Of its level.")
    total: UnitPrice = strawberry.field(description="All three.")
    per_unit: UnitPrice = strawberry.field(description="The total over the order's quantity.")


@strawberry.type(description="A node without a cost.")
class ConfigurationCostGap:
    path: str = strawberry.field(description="The node.")
    reason: NoCost = strawberry.field(description="Why.")
    detail: str = strawberry.field(description="The operation whose rate is missing; else empty.")


@strawberry.type(description="What one unit cost when that was kept as the standard cost.")
class ConfigurationSavedCost:
    amount: UnitPrice = strawberry.field(description="Of one unit.")
    saved_at: DateTime = strawberry.field(description="When it was kept.")
    stale: bool = strawberry.field(
        description="Whether a cost that came into it has changed since, or others come into it now: "
        "saveConfigurationCost keeps it anew."
    )


@strawberry.type(description="What an order costs its maker.")
class ConfigurationCost:
    nodes: list[ConfigurationNodeCost] = strawberry.field(description="The whole order first.")
    gaps: list[ConfigurationCostGap] = strawberry.field(description="What has no cost, in the order of the tree.")
    inputs: str | None = strawberry.field(
        description="A hash of all costs that came into it: another one, another cost."
    )
    saved: ConfigurationSavedCost | None = strawberry.field(
        description="The standard cost that was rolled up and kept last; null: none was."
    )
    problems: list[Problem] = strawberry.field(description="Why it cannot be said.")

    @classmethod
    def of(cls, costed: Costed) -> Self:
        """From the service's."""
        found, saved = costed.result, costed.saved

        def told(micros: int) -> UnitPrice:
            return UnitPrice.of(money.UnitPrice(micros, found.currency))

        return cls(
            nodes=[
                ConfigurationNodeCost(
                    path=one.path,
                    material=told(one.material),
                    operations=told(one.operations),
                    overhead=told(one.overhead),
                    total=told(one.total),
                    per_unit=told(one.per_unit),
                )
                for one in found.nodes
            ],
            gaps=[ConfigurationCostGap(path=one.path, reason=one.reason, detail=one.detail) for one in found.gaps],
            inputs=found.inputs,
            saved=ConfigurationSavedCost(
                amount=told(saved.micros), saved_at=instant(saved.changed_us), stale=costed.is_stale
            )
            if saved
            else None,
            problems=[],
        )


async def _price(
    parent: strawberry.Parent[ConfigurationMaking], info: Info, overrides: Overrides = None
) -> ConfigurationPrice:
    subject, viewer = parent.subject, info.context.viewer
    try:
        wishes = read_overrides(overrides or (), viewer.currency)
        found = await info.context.use(MakingService).price(subject, viewer, wishes)
    except Refused as refusal:
        return ConfigurationPrice(amount=None, is_net=None, lines=[], problems=problems(info.context, [refusal]))
    return ConfigurationPrice.of(found, subject.content, viewer.locale)


async def _structure(parent: strawberry.Parent[ConfigurationMaking], info: Info) -> ConfigurationStructure:
    viewer = info.context.viewer
    try:
        built = await info.context.use(MakingService).structure(parent.subject, parent.count, viewer)
    except Refused as refusal:
        return ConfigurationStructure(nodes=[], skipped=[], problems=problems(info.context, [refusal]))
    return ConfigurationStructure(
        nodes=[ConfigurationNode.of(path, node, viewer.locale) for path, node in built.explosion.root.walk()],
        skipped=[path_of((*one.path, f"{one.component}#{one.line}")) for one in built.explosion.skipped],
        problems=[],
    )


async def _lead_time(parent: strawberry.Parent[ConfigurationMaking], info: Info) -> ConfigurationLeadTime:
    try:
        found = await info.context.use(MakingService).lead_time(parent.subject, parent.count, info.context.viewer)
    except Refused as refusal:
        told = problems(info.context, [refusal])
        return ConfigurationLeadTime(days=None, sum_days=None, critical=[], warnings=[], problems=told)
    return ConfigurationLeadTime.of(found)


async def _promise(parent: strawberry.Parent[ConfigurationMaking], info: Info) -> ConfigurationPromise:
    try:
        found = await info.context.use(MakingService).promise(parent.subject, parent.count, info.context.viewer)
    except Refused as refusal:
        told = problems(info.context, [refusal])
        return ConfigurationPromise(available=None, earliest=None, scarcest=None, components=[], problems=told)
    return ConfigurationPromise.of(found)


async def _weight(parent: strawberry.Parent[ConfigurationMaking], info: Info) -> ConfigurationWeight:
    try:
        found = await info.context.use(MakingService).weight(parent.subject, parent.count, info.context.viewer)
    except Refused as refusal:
        return ConfigurationWeight(weight_grams=None, missing=[], problems=problems(info.context, [refusal]))
    return ConfigurationWeight.of(found)


async def _cost(parent: strawberry.Parent[ConfigurationMaking], info: Info) -> ConfigurationCost:
    try:
        found = await info.context.use(MakingService).cost(parent.subject, parent.count, info.context.viewer)
    except Refused as refusal:
        return ConfigurationCost(nodes=[], gaps=[], inputs=None, saved=None, problems=problems(info.context, [refusal]))
    return ConfigurationCost.of(found)


@strawberry.type(description="What is made of a session's or a finished configuration's values.")
class ConfigurationMaking:
    product: Product = strawberry.field(description="What is configured.")
    quantity: Decimal = strawberry.field(description="Of the order.")
    missing: list[str] = strawberry.field(description="What must be chosen before anything but the price can be said.")
    price: ConfigurationPrice = field(_price, description="Of one unit, also of what is not whole yet.")
    promise: ConfigurationPromise = field(_promise, description="How many can be made, and when the order is there.")
    weight: ConfigurationWeight = field(_weight, description="What one unit weighs.")
    structure: ConfigurationStructure = field(_structure, description="All that it takes; for models:read.")
    lead_time: ConfigurationLeadTime = field(_lead_time, description="With all bought anew; for models:read.")
    cost: ConfigurationCost = field(_cost, description="What it costs its maker; for models:read.")
    subject: strawberry.Private[Subject]
    count: strawberry.Private[Number]

    @classmethod
    def of(cls, subject: Subject, count: Number) -> Self:
        """Of so many."""
        return cls(
            product=Product(sku=strawberry.ID(subject.part)),
            quantity=Decimal(f"{count:f}"),
            missing=list(subject.missing),
            subject=subject,
            count=count,
        )


async def _making(
    info: Info,
    key: Annotated[str | None, strawberry.argument(description="What opens a session.")] = None,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="The customer's own session.")] = None,
    configuration: Annotated[
        strawberry.ID | None, strawberry.argument(description="A finished one, pinned or not, on the model of today.")
    ] = None,
    quantity: Annotated[Decimal, strawberry.argument(description="Of the order.")] = _ONE,
) -> ConfigurationMaking | None:
    try:
        found = await info.context.use(MakingService).find(info.context.viewer, Handle(key, id), configuration)
    except Refused as refusal:
        raise BadUserInput(refusal.message, "configuration") from None
    return ConfigurationMaking.of(found, Number(quantity)) if found else None


@strawberry.type
class MakingQuery:
    configuration_making: ConfigurationMaking | None = field(
        _making,
        description="Price, promise, structure and cost of a session, or of a finished configuration on the model of "
        "today; null for what is not there.",
    )
