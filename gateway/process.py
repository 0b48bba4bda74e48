"""A serving process: everything it opens, in order, and closes in the opposite one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.auth import Authenticator
from gateway.background import led, running
from gateway.carts import Keeping
from gateway.identity import open_tokens
from gateway.mail import MailDesk, Postman, open_desk
from gateway.migrations.branches import examine
from gateway.parts import PARTS, make_graph, require_modules
from gateway.pricing import by_field
from gateway.remote import Jobs, open_elsewhere
from gateway.schema import GraphSchema
from gateway.settings import Settings, SettingsError
from gateway.tracing import Tracing, traced_services, watch_stores
from gateway.vault import cart_secret, operator_token, pricing_secret
from gateway.wiring import (
    Trade,
    by_class,
    hear_of_articles,
    ports_of,
    tend_open_carts,
    tend_shelf,
    wire_cart,
    wire_trade,
)
from gateway.wishlists import Wishlists, tend_wishlists, wire_wishes
from modules.kernel.errors import Unavailable
from modules.kernel.graph import GraphContext
from modules.kernel.names import Locale
from modules.kernel.place import NOWHERE
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.service.timer import Timer
from modules.runtime.cluster import Cluster, redis_at
from modules.runtime.database import Database, opened
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.feed import StreamFeed
from modules.runtime.leader import leader_of
from modules.runtime.notifications import NotificationQueue
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis, weaknesses
from modules.runtime.sweeper import Sweeper

REDIS = "redis"
"""The embedded server's folder in the data directory."""


@dataclass(frozen=True, slots=True)
class Process:
    """What a running gateway holds."""

    settings: Settings
    database: Database
    redis: Redis
    feed: StreamFeed
    relay: Relay
    mail: MailDesk
    wishlists: Wishlists
    trade: Trade
    schema: GraphSchema
    authenticator: Authenticator
    services: Mapping[type, object]
    ports: Mapping[str, Any]
    """What answers modules of other processes."""
    tracing: Tracing | None = None

    async def weaknesses(self) -> list[str]:
        """In words, where the operator's own Redis keeps less safe than it should; asked anew, as it may be another."""
        return await weaknesses(self.redis) if self.settings.redis_url else []

    async def context(self, headers: Mapping[str, str]) -> GraphContext:
        """The context of one operation; raises what the Authenticator raises."""
        viewer = await self.authenticator.viewer(headers)
        return GraphContext(
            viewer=viewer,
            feed=self.feed,
            services=self.services,
            parts=self.schema.parts,
            owners=self.schema.owners,
        )


@asynccontextmanager
async def open_trade(settings: Settings) -> AsyncIterator[tuple[Database, Trade]]:
    """The database at its newest revision and the services on it."""
    make_directory(settings.data)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(settings.database))
        await ensure_current(settings, database)
        require_modules(settings.modules, "COGWERK_MODULES")
        elsewhere = await stack.enter_async_context(
            open_elsewhere(settings.modules, settings.modules_token, settings.modules_ms / 1000)
        )
        secret = pricing_secret(settings.data, settings.secret)
        grace = timedelta(minutes=settings.stale_minutes)
        trade = wire_trade(database, secret, settings.basket_share, settings.cost_currency, elsewhere, grace)
        stack.push_async_callback(trade.configurator.solving.close)
        await trade.load()
        yield database, trade


@asynccontextmanager
async def open_process(settings: Settings, tracing: Tracing | None = None) -> AsyncIterator[Process]:
    """Opens stores before what uses them. Raises a named error for whatever cannot be had."""
    make_directory(settings.data)
    async with AsyncExitStack() as stack:
        url = settings.redis_url or await stack.enter_async_context(EmbeddedServer(settings.data / REDIS))
        database, trade = await stack.enter_async_context(open_trade(settings))
        redis = redis_at(url)
        stack.push_async_callback(redis.close)
        await _require_redis(settings, redis)
        if tracing:
            watch_stores(tracing, database, redis)
        feed, relay = StreamFeed(redis), Relay(database, redis)
        mail, postman = open_mail(settings, database)
        kept = keeping(settings)
        carts = wire_cart(trade, database, redis, kept, mail)
        wishlists = wire_wishes(database, trade, carts, mail, kept.secret, settings.links)
        own: dict[str, Jobs] = {
            "pricing": {"shelf": lambda: tend_shelf(trade, feed)},
            "cart": {"open carts": lambda: tend_open_carts(trade, carts, feed), **carts.jobs()},
            "wishlists": {"wishlists": lambda: tend_wishlists(wishlists, feed, leader_of(database, "wishlists"))},
        }
        always = {"relay": relay.run, "mail": postman.run, "feed": feed.run, **trade.handlers(feed)}
        jobs = {**always, **_duties(settings, database, trade, feed), **trade.elsewhere.without(own)}
        await stack.enter_async_context(running(**jobs))
        yield Process(
            settings=settings,
            database=database,
            redis=redis,
            feed=feed,
            relay=relay,
            mail=mail,
            wishlists=wishlists,
            trade=trade,
            schema=make_graph(settings.parts),
            authenticator=open_authenticator(settings, trade),
            services=_services({**by_class(trade, carts), **by_field(wishlists)}, tracing),
            ports=ports_of(trade, carts, database, settings.parts or PARTS),
            tracing=tracing,
        )


def _services(services: Mapping[type, object], tracing: Tracing | None) -> Mapping[type, object]:
    return traced_services(tracing, services) if tracing else services


def _duties(settings: Settings, database: Database, trade: Trade, feed: StreamFeed) -> Jobs:
    """What one process of a shop does for all: it goes on in another when its holder dies."""
    chores = trade.chores(settings.hold_days, settings.redemption_days)
    timer = Timer(trade.pricing.history, leader_of(database, "timer"), lambda: hear_of_articles(trade, feed))
    return {
        **trade.elsewhere.without({"pricing": {"timer": timer.run}}),
        "sweeper": Sweeper(database, leader_of(database, "sweeper"), settings.audit_days, chores).run,
        "due": lambda: led(leader_of(database, "due"), **trade.sweeps()),
    }


def open_authenticator(settings: Settings, trade: Trade) -> Authenticator:
    """Knows the operator's token, API keys, and the tokens of whom the settings believe."""
    token = operator_token(settings.data, settings.operator_token)
    proxies, tokens = settings.trusted_proxies, open_tokens(settings)
    return Authenticator(trade.market, trade.access, trade.customers, token, proxies=proxies, tokens=tokens)


def open_mail(settings: Settings, database: Database) -> tuple[MailDesk, Postman]:
    """Where notifications are handed in, and who carries them away."""
    queue = NotificationQueue(database)
    desk, transport = open_desk(settings, queue)
    return desk, Postman(queue, transport, settings.mail_from, leader_of(database, "mail"))


def keeping(settings: Settings) -> Keeping:
    """How this shop keeps carts."""
    secret = cart_secret(settings.data, settings.secret)
    page = settings.cart_page or f"{settings.links}/#cart={{key}}"
    return Keeping(secret, settings.cart_days, settings.cart_idle_hours, page)


async def ensure_current(settings: Settings, database: Database) -> None:
    """Development migrates by itself; production only says what is missing. Raises DatabaseMismatch."""
    standing = await examine(database)
    if not settings.development:
        standing.require_current()
    standing.require_known()
    if standing.behind:
        # Alembic and SQLAlchemy take a second to import, and most starts have nothing to migrate.
        from gateway.migrations.upgrade import migrate

        await migrate(settings.database)


async def _require_redis(settings: Settings, redis: Redis) -> None:
    """Raises SettingsError when the operator's own Redis does not answer."""
    place = settings.redis_url.rpartition("@")[2]  # without the password
    try:
        await redis.ping()
        alone = not isinstance(redis, Cluster) and "cluster_enabled:1" in await redis.execute("INFO", "cluster")
    except Unavailable:
        raise SettingsError("REDIS_URL", place, "a Redis or Valkey server that answers") from None
    if alone:
        raise SettingsError("REDIS_URL", place, "two or more nodes of that cluster: redis://a:6379,b:6379")


def make_directory(data: Path) -> None:
    """The data directory, for its owner alone. Raises SettingsError when it cannot be had."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError("not writable")
    except OSError as error:
        raise SettingsError(
            "COGWERK_DATA or --data", str(data), f"a directory that can be written ({error.strerror or error})"
        ) from error


def operator() -> Viewer:
    """Who runs a command: may all, stands nowhere."""
    return Viewer(OPERATOR, NOWHERE, None, Locale("en"), datetime.now(UTC), NOWHERE.market.currency)
