"""What a session looks like in the graph, and the finished configuration that comes of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Annotated, Self

import strawberry

from modules.configurator.engine.validity import values_of
from modules.configurator.graph.reasons import ConfigurationChoice, ConfigurationReasons
from modules.configurator.graph.refusals import told
from modules.configurator.graph.steps import (
    CharacteristicRange,
    ConfigurableCharacteristic,
    ConfigurationCategory,
    ConfigurationMessage,
    decimal,
    is_hidden,
)
from modules.configurator.graph.words import Words, plain
from modules.configurator.model import keys
from modules.configurator.model.errors import BadChoice
from modules.configurator.model.keys import Right
from modules.configurator.model.sessions import Session, SessionKind, SessionState, Specification
from modules.configurator.service.configurations import ConfigurationService
from modules.configurator.service.reasons import ReasonService
from modules.configurator.service.sessions import Shown
from modules.kernel.configuration import FINGERPRINT_LENGTH, pinned
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import DateTime, Decimal, Info, Problem, Product, field, instant
from modules.kernel.viewer import Permission

strawberry.enum(
    Right, name="ConfigurationRight", description="How far a key opens a session; each may the ones before."
)
strawberry.enum(
    SessionKind,
    name="ConfigurationKind",
    description="SALE: of what is released. TEST: of a revision in TEST, PREVIEW: of any that is not obsolete; both "
    "are for the scope models:read, and never finalised.",
)
strawberry.enum(
    SessionState,
    name="ConfigurationState",
    description="INCOMPLETE until all that is required is there, then COMPLETE; PARKED by hand; FINALISED for good.",
)


@strawberry.type(description="A further key of a session, given to others by its owner. The key is not kept.")
class ConfigurationLink:
    id: strawberry.ID = strawberry.field(description="For revokeConfigurationLink; it opens nothing.")
    right: Right = strawberry.field(description="READ or EDIT.")
    label: str | None = strawberry.field(description="The owner's own word for it.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    expires_at: DateTime | None = strawberry.field(description="From then on it opens nothing. Null: until revoked.")

    @classmethod
    def of(cls, link: keys.Link) -> Self:
        """From the model's link."""
        return cls(
            id=strawberry.ID(link.id),
            right=link.right,
            label=link.label or None,
            created_at=instant(link.created_us),
            expires_at=instant(link.expires_us),
        )


@strawberry.type(description="A value of a finished configuration.")
class ConfigurationValue:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    value: str = strawberry.field(description="An option's id, a number as a decimal string, or a text.")
    quantity: Decimal | None = strawberry.field(description="Of what has one.")


@strawberry.type(description="A finished configuration: the same values of a product are one, whoever chose them.")
class Configuration:
    id: strawberry.ID = strawberry.field(description="For carts and wishlists, as configurationId.")
    pinned_id: strawberry.ID = strawberry.field(
        description="The same with the fingerprint of the model that it was made with: with it a cart is told when the "
        "model has changed since."
    )
    number: str = strawberry.field(description="The product's own number for it.")
    product: Product = strawberry.field(description="Of which product it is one.")
    fingerprint: str = strawberry.field(description="Of the model that it was made with.")
    values: list[ConfigurationValue] = strawberry.field(description="All that makes it what it is, by id.")
    created_at: DateTime = strawberry.field(description="When it was made first.")

    @classmethod
    def of(cls, one: Specification, fingerprint: str | None = None) -> Self:
        """From the model's; with the fingerprint that a session was finalised with."""
        mark = (fingerprint or one.fingerprint)[:FINGERPRINT_LENGTH]
        return cls(
            id=strawberry.ID(one.name),
            pinned_id=strawberry.ID(pinned(one.name, mark)),
            number=str(one.number),
            product=Product(sku=strawberry.ID(one.part)),
            fingerprint=mark,
            values=[
                ConfigurationValue(
                    characteristic=strawberry.ID(name), value=plain(each.value) or "", quantity=decimal(each.quantity)
                )
                for name, each in values_of(one.text).items()
            ],
            created_at=instant(one.created_us),
        )


async def _configuration(parent: strawberry.Parent[ConfigurationSession], info: Info) -> Configuration | None:
    session = parent.shown.session
    if session.configuration is None:
        return None
    (found,) = await info.context.use(ConfigurationService).specifications([session.configuration])
    return Configuration.of(found, parent.shown.model.hash) if found else None


async def _why(
    parent: strawberry.Parent[ConfigurationSession],
    info: Info,
    characteristic: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    value: Annotated[str, strawberry.argument(description="An option's id, a number, or a text.")],
) -> ConfigurationReasons:
    try:
        found = await info.context.use(ReasonService).why(parent.shown, characteristic, value)
    except BadChoice as bad:
        raise BadUserInput(bad.message, "value", bad.allowed or None) from None
    return ConfigurationReasons.of(found, parent.words)


@strawberry.type(description="What a chosen characteristic could be changed to.")
class ConfigurationAlternative:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    options: list[strawberry.ID] = strawberry.field(description="Those that are possible, in their sequence.")
    ranges: list[CharacteristicRange] = strawberry.field(description="Of typed numbers, ascending.")


async def _alternatives(parent: strawberry.Parent[ConfigurationSession], info: Info) -> list[ConfigurationAlternative]:
    found = await info.context.use(ReasonService).alternatives(parent.shown)
    shown = {one.id for one in parent.characteristics}
    return [
        ConfigurationAlternative(
            characteristic=strawberry.ID(name),
            options=[strawberry.ID(option) for option in offer.options],
            ranges=[CharacteristicRange.of(one) for one in offer.ranges],
        )
        for name, offer in found.items()
        if name in shown
    ]


@strawberry.type(description="A configuration in the making: ordered choices on a pinned model, and all that follows.")
class ConfigurationSession:
    id: strawberry.ID = strawberry.field(description="Public; opens nothing but the customer's own.")
    product: Product = strawberry.field(description="What is configured.")
    kind: SessionKind = strawberry.field(description="What it is good for.")
    state: SessionState = strawberry.field(description="How far it is.")
    version: int = strawberry.field(description="Rises with every change.")
    need_date: date = strawberry.field(description="When it is needed, by the market's calendar.")
    site: str | None = strawberry.field(description="Where it is made.")
    revision: int = strawberry.field(description="Of the product's model.")
    content_version: int = strawberry.field(description="Of the revision.")
    fingerprint: str = strawberry.field(description="Of the model.")
    stale: bool = strawberry.field(description="Whether the model has changed since: rebaseConfiguration takes it up.")
    obsolete: bool = strawberry.field(description="Whether the revision is obsolete: it may be read and rebased.")
    partial: bool = strawberry.field(description="Whether something could not be decided in time.")
    approximate: bool = strawberry.field(description="Whether something offered may still be refused by a formula.")
    by_category: bool = strawberry.field(description="Whether it is meant to be configured heading by heading.")
    categories: list[ConfigurationCategory] = strawberry.field(description="All characteristics under their headings.")
    characteristics: list[ConfigurableCharacteristic] = strawberry.field(description="All of them in their sequence.")
    choices: list[ConfigurationChoice] = strawberry.field(description="In the order in which they were made last.")
    missing: list[str] = strawberry.field(
        description="Characteristics without which it is not complete; a quantity as NAME.qty."
    )
    messages: list[ConfigurationMessage] = strawberry.field(description="What rules say about the choices.")
    problems: list[Problem] = strawberry.field(
        description="Why nothing follows from the choices: a modeller's draft allows nothing (E_CONFLICT), or runs in "
        "a circle (E_CYCLE)."
    )
    right: Right = strawberry.field(description="How far it is open to the asker.")
    expires_at: DateTime | None = strawberry.field(description="When the key ends. Null: not by itself.")
    links: list[ConfigurationLink] | None = strawberry.field(
        description="The further keys that hold, the oldest first. Null for all but the owner."
    )
    configuration: Configuration | None = field(_configuration, description="Once it is finalised.")
    why: ConfigurationReasons = field(
        _why, description="Whether a value is possible beside the other choices, and why not, or why nothing else is."
    )
    alternatives: list[ConfigurationAlternative] = field(
        _alternatives,
        description="What each chosen characteristic could be changed to, all other choices kept; computed only when "
        "selected.",
    )
    shown: strawberry.Private[Shown]
    words: strawberry.Private[Words]

    @classmethod
    def of(cls, shown: Shown, info: Info) -> Self:
        """As the viewer sees it: in the viewer's language, without what is hidden from buyers."""
        viewer, session, step = info.context.viewer, shown.session, shown.step
        words = Words(shown.content, viewer.locale)
        hidden = frozenset() if viewer.may(Permission.MODELS_READ) else hidden_in(shown)
        found = _characteristics(shown, words, hidden)
        return cls(
            id=strawberry.ID(session.id),
            product=Product(sku=strawberry.ID(session.part)),
            kind=session.kind,
            state=state_of(shown),
            version=session.version,
            need_date=session.need_date,
            site=session.site or None,
            revision=session.revision,
            content_version=session.content_version,
            fingerprint=shown.model.hash[:FINGERPRINT_LENGTH],
            stale=shown.is_stale,
            obsolete=shown.is_obsolete,
            partial=step.partial,
            approximate=any(offer.approximate for offer in step.offers.values()),
            by_category=shown.family.by_category if shown.family else False,
            categories=_categories(shown, words, found),
            characteristics=found,
            choices=[
                ConfigurationChoice.of(choice, words) for choice in step.choices if choice.characteristic not in hidden
            ],
            missing=list(step.missing),
            messages=[ConfigurationMessage.of(message, words) for message in step.messages],
            problems=told(info.context, shown.problems, words),
            right=shown.access.right,
            expires_at=instant(shown.access.expires_us),
            links=None if shown.links is None else [ConfigurationLink.of(link) for link in shown.links],
            shown=shown,
            words=words,
        )


def hidden_in(shown: Shown) -> frozenset[str]:
    """What buyers are not shown."""
    known = shown.content.characteristics
    members = shown.content.members
    return frozenset(one.characteristic for one in members if is_hidden(one, known[one.characteristic]))


def state_of(shown: Shown) -> SessionState:
    """PARKED and FINALISED stay; the others follow from the choices as the model is now."""
    held = shown.session.state
    return held if held in (SessionState.PARKED, SessionState.FINALISED) else shown.step.state


def _characteristics(shown: Shown, words: Words, hidden: frozenset[str]) -> list[ConfigurableCharacteristic]:
    members = shown.family.members if shown.family else ()
    category = {member.characteristic: member.category for member in members}
    return [
        ConfigurableCharacteristic.of(member, category.get(member.characteristic, ""), shown.step, words)
        for member in shown.content.members
        if member.characteristic not in hidden
    ]


def _categories(shown: Shown, words: Words, found: list[ConfigurableCharacteristic]) -> list[ConfigurationCategory]:
    """The family's headings in their sequence, what is under none of them last; none that is empty."""
    under: dict[str, list[ConfigurableCharacteristic]] = defaultdict(list)
    known = sorted(shown.family.categories, key=lambda one: one.sequence) if shown.family else []
    ids = {one.id for one in known}
    for one in found:
        under[one.category if one.category in ids else ""].append(one)
    headings = [
        ConfigurationCategory(
            id=strawberry.ID(one.id), label=words.text(one.descriptions) or one.id, characteristics=under[one.id]
        )
        for one in known
        if under[one.id]
    ]
    rest = under[""]
    return [*headings, *([ConfigurationCategory(id=None, label=None, characteristics=rest)] if rest else [])]


@strawberry.type(description="One of a customer's sessions, in short.")
class ConfigurationSessionSummary:
    id: strawberry.ID = strawberry.field(description="To open it by.")
    product: Product = strawberry.field(description="What is configured.")
    state: SessionState = strawberry.field(description="How far it is.")
    need_date: date = strawberry.field(description="When it is needed.")
    configuration_id: strawberry.ID | None = strawberry.field(description="Of a finalised one.")

    @classmethod
    def of(cls, session: Session) -> Self:
        """From the model's session."""
        made = session.configuration
        return cls(
            id=strawberry.ID(session.id),
            product=Product(sku=strawberry.ID(session.part)),
            state=session.state,
            need_date=session.need_date,
            configuration_id=strawberry.ID(made) if made else None,
        )
