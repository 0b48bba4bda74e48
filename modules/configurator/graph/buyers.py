"""The roots for whoever configures: opening, choosing, finishing, sharing and following sessions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated

import strawberry

from modules.configurator.engine.rebasing import Reason
from modules.configurator.events import SessionChanged
from modules.configurator.graph.inputs import (
    ChangeConfigurationInput,
    ClaimConfigurationInput,
    CloneConfigurationInput,
    ConfigureInput,
    MoveConfigurationInput,
    ParkConfigurationInput,
    RevokeConfigurationLinkInput,
    ShareConfigurationInput,
)
from modules.configurator.graph.news import ConfigurationNews
from modules.configurator.graph.reasons import ConfigurationChoice, ConfigurationDropped
from modules.configurator.graph.refusals import told
from modules.configurator.graph.sessions import (
    Configuration,
    ConfigurationSession,
    ConfigurationSessionSummary,
    hidden_in,
)
from modules.configurator.service.configurations import ConfigurationService
from modules.configurator.service.door import Handle
from modules.configurator.service.finishing import FinishingService
from modules.configurator.service.following import FollowingService, Sight
from modules.configurator.service.moving import MovingService
from modules.configurator.service.offering import OfferingService
from modules.configurator.service.sessions import Answer, SessionService, Shown
from modules.configurator.service.sharing import Shared, SharingService
from modules.kernel.errors import InvalidInput
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    After,
    GraphContext,
    Info,
    Problem,
    Product,
    Wanted,
    field,
    product_field,
    subscription,
)
from modules.kernel.names import Sku
from modules.kernel.viewer import Permission

strawberry.enum(
    Reason,
    name="ConfigurationLeftReason",
    description="UNKNOWN: the model has no such characteristic or value any more. CONFLICT: its rules exclude it.",
)


@strawberry.type(description="How a product is configured today.")
class ConfigurableProduct:
    revision: strawberry.ID = strawberry.field(description="The number of the released revision that holds today.")
    content_version: int = strawberry.field(description="Rises with every edit of the released revision.")


@strawberry.type(description="A choice that was not carried over.")
class ConfigurationLeft:
    choice: ConfigurationChoice = strawberry.field(description="As it was.")
    reason: Reason = strawberry.field(description="Why.")


@strawberry.type(description="A session after a call.")
class ConfigurationPayload:
    session: ConfigurationSession | None = strawberry.field(
        description="As it stands now; null when the call was refused as a whole."
    )
    key: str | None = strawberry.field(
        description="Of a new session: whoever has it has the session. Given here only, and again when the call is "
        "repeated within 24 hours."
    )
    dropped: list[ConfigurationDropped] = strawberry.field(description="What `force` has given up.")
    left: list[ConfigurationLeft] = strawberry.field(description="What was not carried over to another model.")
    newly_required: list[strawberry.ID] = strawberry.field(
        description="Characteristics without a value that the model before did not require."
    )
    news: ConfigurationNews | None = strawberry.field(description="What differs from the answer before.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A session with its links.")
class ConfigurationLinkPayload:
    session: ConfigurationSession | None = strawberry.field(description="As its owner sees it; null when refused.")
    key: str | None = strawberry.field(
        description="A new link's, for others. Told here only, and again when the call is repeated."
    )
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A session that is followed: now, and after each change by anybody.")
class ConfigurationEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="For `after`, to resume without a gap.")
    session: ConfigurationSession = strawberry.field(description="Read anew for this event.")
    news: ConfigurationNews = strawberry.field(description="What differs from the event before.")
    by: str | None = strawberry.field(description="Who made the newest change: a kind of principal.")
    what: list[str] = strawberry.field(
        description='What was done: "choose", "unset", "rebase", "move", "park", "resume", "finalise", "sharing"; '
        '"model" where the model changed: the event has the cursor of the one before.'
    )


def _hidden(info: Info, shown: Shown) -> frozenset[str]:
    return frozenset() if info.context.viewer.may(Permission.MODELS_READ) else hidden_in(shown)


def _payload(info: Info, answer: Answer) -> ConfigurationPayload:
    session = ConfigurationSession.of(answer.shown, info) if answer.shown else None
    words = session.words if session else None
    return ConfigurationPayload(
        session=session,
        key=answer.key,
        dropped=[ConfigurationDropped.of(one, words) for one in answer.dropped] if words else [],
        left=[
            ConfigurationLeft(choice=ConfigurationChoice.of(one.choice, words), reason=one.reason)
            for one in answer.left
        ]
        if words
        else [],
        newly_required=[strawberry.ID(name) for name in answer.newly_required],
        news=ConfigurationNews.of(answer.news, words, _hidden(info, answer.shown)) if words and answer.shown else None,
        problems=told(info.context, answer.problems, words),
    )


def _link_payload(info: Info, done: Shared) -> ConfigurationLinkPayload:
    session = ConfigurationSession.of(done.shown, info) if done.shown else None
    return ConfigurationLinkPayload(
        session=session, key=done.key, problems=told(info.context, done.problems, session.words if session else None)
    )


async def _session(
    info: Info,
    key: Annotated[str | None, strawberry.argument(description="What opens it.")] = None,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Of the customer's own.")] = None,
) -> ConfigurationSession | None:
    shown = await info.context.use(SessionService).get(info.context.viewer, Handle(key, id))
    return ConfigurationSession.of(shown, info) if shown else None


async def _sessions(info: Info) -> list[ConfigurationSessionSummary]:
    found = await info.context.use(SessionService).owned(info.context.viewer)
    return [ConfigurationSessionSummary.of(session) for session in found]


async def _configuration(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="As a cart holds it, pinned or not.")]
) -> Configuration | None:
    (found,) = await info.context.use(ConfigurationService).specifications([id])
    return Configuration.of(found) if found else None


async def _configure(info: Info, input: ConfigureInput) -> ConfigurationPayload:
    service, viewer = info.context.use(SessionService), info.context.viewer
    if input.sku is not None and input.key is None and input.id is None:
        return _payload(info, await service.open(viewer, input.opening(input.sku), input.wishes()))
    if input.sku is not None or (input.key is None and input.id is None):
        refusal = InvalidInput("What is to be configured?", ("input",), "one of sku, key and id")
        return _payload(info, Answer(problems=(refusal,)))
    return _payload(info, await service.configure(viewer, input.handle(), input.wishes()))


async def _rebase(info: Info, input: ChangeConfigurationInput) -> ConfigurationPayload:
    service = info.context.use(MovingService)
    return _payload(info, await service.rebase(info.context.viewer, input.handle(), input.expected_version))


async def _move(info: Info, input: MoveConfigurationInput) -> ConfigurationPayload:
    service, viewer = info.context.use(MovingService), info.context.viewer
    moved = await service.move(viewer, input.handle(), input.need_date, input.onto, input.expected_version)
    return _payload(info, moved)


async def _park(info: Info, input: ParkConfigurationInput) -> ConfigurationPayload:
    service = info.context.use(FinishingService)
    return _payload(info, await service.park(info.context.viewer, input.handle(), input.parked))


async def _finalise(info: Info, input: ChangeConfigurationInput) -> ConfigurationPayload:
    service = info.context.use(FinishingService)
    return _payload(info, await service.finalise(info.context.viewer, input.handle(), input.expected_version))


async def _clone(info: Info, input: CloneConfigurationInput) -> ConfigurationPayload:
    service = info.context.use(FinishingService)
    return _payload(info, await service.clone(info.context.viewer, input.handle(), input.idempotency_key))


async def _share(info: Info, input: ShareConfigurationInput) -> ConfigurationLinkPayload:
    service, viewer = info.context.use(SharingService), info.context.viewer
    return _link_payload(info, await service.share(viewer, input.handle(), input.wish(), input.idempotency_key))


async def _revoke(info: Info, input: RevokeConfigurationLinkInput) -> ConfigurationLinkPayload:
    service = info.context.use(SharingService)
    return _link_payload(info, await service.revoke(info.context.viewer, input.handle(), input.link))


async def _claim(info: Info, input: ClaimConfigurationInput) -> ConfigurationLinkPayload:
    return _link_payload(info, await info.context.use(SharingService).claim(info.context.viewer, input.key))


async def _changed(
    info: Info,
    key: Annotated[str | None, strawberry.argument(description="What opens it.")] = None,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Of the customer's own.")] = None,
    after: After = None,
) -> AsyncGenerator[ConfigurationEvent, None]:
    following, context = info.context.use(FollowingService), info.context
    async with following.follow(context.viewer, context.feed, Handle(key, id), after) as sights:
        async for sight in sights:
            yield _event(info, sight)


def _event(info: Info, sight: Sight) -> ConfigurationEvent:
    session = ConfigurationSession.of(sight.shown, info)
    by, what = (None, ["model"]) if sight.by_model else _said(sight.delivery.changes)
    return ConfigurationEvent(
        kind=sight.delivery.kind,
        cursor=sight.delivery.cursor,
        session=session,
        news=ConfigurationNews.of(sight.news, session.words, _hidden(info, sight.shown)),
        by=by,
        what=what,
    )


def _said(changes: Sequence[Change]) -> tuple[str | None, list[str]]:
    newest = [SessionChanged.read(change) for change in changes[-1:]]
    return (newest[0].by, list(newest[0].what)) if newest else (None, [])


def _configurable(parent: strawberry.Parent[Product], info: Info) -> ConfigurableProduct | None:
    return parent.slot(info, "configurable")  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `configurable` of all products; two statements for the page."""
    skus = [Sku(product.sku) for product in products]
    found = await context.use(OfferingService).revisions(skus, context.viewer)
    for product, revision in zip(products, found, strict=True):
        shown = revision and ConfigurableProduct(
            revision=strawberry.ID(str(revision.number)), content_version=revision.content_version
        )
        product.filled.update((want, shown) for want in selection)


async def exists(skus: Sequence[Sku], context: GraphContext) -> Sequence[bool]:
    """Which of these have a model."""
    return await context.use(OfferingService).known(skus)


FIELDS = {
    "configurable": product_field(
        _configurable, description="The released revision, if this product can be configured today."
    )
}


@strawberry.type
class BuyerQuery:
    configuration: Configuration | None = field(_configuration, description="A finished configuration.")
    configuration_session: ConfigurationSession | None = field(
        _session, description="A session, by key or by id; null for what opens nothing."
    )
    configuration_sessions: list[ConfigurationSessionSummary] = field(
        _sessions, description="The viewer's customer's latest sessions, at most a hundred; none for a guest."
    )


@strawberry.type
class BuyerMutation:
    configure: ConfigurationPayload = field(
        _configure, description="Opens a session for a product, or goes on in one: choices in, the whole step out."
    )
    rebase_configuration: ConfigurationPayload = field(
        _rebase, description="Takes a session to the model that holds at its need date now."
    )
    move_configuration: ConfigurationPayload = field(_move, description="Changes when it is needed.")
    park_configuration: ConfigurationPayload = field(_park, description="Puts a session aside, or takes it up again.")
    finalise_configuration: ConfigurationPayload = field(
        _finalise, description="Gives a complete session its configuration id; for its owner."
    )
    clone_configuration: ConfigurationPayload = field(
        _clone, description="A session of one's own with the same choices: to edit what is finalised."
    )
    share_configuration: ConfigurationLinkPayload = field(
        _share, description="A further key of a session, to read or to edit it; for its owner."
    )
    revoke_configuration_link: ConfigurationLinkPayload = field(
        _revoke, description="Lets a link open nothing any more and ends the subscriptions made with it."
    )
    claim_configuration: ConfigurationLinkPayload = field(
        _claim, description="Makes a guest's session the customer's; the guest's key opens nothing afterwards."
    )


@strawberry.type
class BuyerSubscription:
    configuration_changed: ConfigurationEvent = subscription(
        _changed, description="A session now, and after each change by anybody who has it open."
    )
