"""Settings: the environment and the command line, read once, into one frozen value. Nobody else reads them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modules.kernel.money import is_currency
from modules.kernel.notification import is_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ROOT = Path(__file__).resolve().parent.parent
NOBODY = "Cogwerk <cogwerk@localhost>"
"""Whom mails come from that only a developer reads."""


class SettingsError(Exception):
    """A setting that cannot be used; names it, what it held and what is allowed."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} is {value!r}; allowed: {allowed}")
        self.name = name


class Mode(StrEnum):
    """Development shows more and migrates on start; production shows less and migrates by command."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider whose tokens are believed."""

    name: str
    """COGWERK_ISSUER: the `iss` of its tokens, its address."""
    audience: str
    """COGWERK_AUDIENCE: the `aud` of tokens that are for this shop."""
    keys: str
    """COGWERK_JWKS: where its public keys are, an address or a file; `/.well-known/jwks.json` below it unless said."""
    roles_claim: str = "roles"
    """COGWERK_ROLES_CLAIM: where tokens say roles, `realm_access.roles` for one claim inside another."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How much a sender may ask: so many points a second, and so many at once after a rest."""

    per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decided. The environment variable stands beside each field."""

    data: Path
    """COGWERK_DATA, --data: where the embedded database and server, the operator's token and the secret live."""
    host: str = "127.0.0.1"
    """COGWERK_HOST, --host."""
    port: int = 8000
    """COGWERK_PORT, --port."""
    workers: int = 1
    """COGWERK_WORKERS, --workers: how many processes serve."""
    drain_seconds: int = 0
    """COGWERK_DRAIN_SECONDS: how long one that was told to stop serves on, while `/health/ready` says that it goes."""
    mode: Mode = Mode.DEVELOPMENT
    """COGWERK_MODE: development on a loopback host, production on any other, unless said."""
    database_url: str = ""
    """DATABASE_URL: `postgresql://user:password@host/name`; SQLite in the data directory when empty."""
    redis_url: str = ""
    """REDIS_URL: `redis://host:6379/0`, `rediss://...`, `unix:///...`; the embedded server when empty."""
    origins: tuple[str, ...] = ()
    """COGWERK_ORIGINS: web origins that may call, comma-separated; localhost as well in development."""
    secret: str = ""
    """COGWERK_SECRET: at least 32 characters, the same in every process; a file in the data directory when empty."""
    operator_token: str = ""
    """COGWERK_OPERATOR_TOKEN: at least 32 characters; a file in the data directory when empty."""
    issuer: Issuer | None = None
    """Whose tokens are believed; the built-in issuer's on a developer's own machine when none is named."""
    cart_days: int = 90
    """COGWERK_CART_DAYS: how long an untouched cart is kept."""
    cart_page: str = ""
    """COGWERK_CART_PAGE: where a browser shows a cart, `https://shop.example/cart#{key}`, for links in mails."""
    cart_idle_hours: int = 24
    """COGWERK_CART_IDLE_HOURS: after how long an untouched cart is put away into the database."""
    audit_days: int = 0
    """COGWERK_AUDIT_DAYS: how long the audit log is kept; 0: for good."""
    hold_days: int = 90
    """COGWERK_HOLD_DAYS: how long holds of stock and waiters that have ended are kept; 0: for good."""
    redemption_days: int = 730
    """COGWERK_REDEMPTION_DAYS: how long uses of promotions are kept that no limit counts any more; 0: for good."""
    trusted_proxies: tuple[Network, ...] = ()
    """COGWERK_TRUSTED_PROXIES: addresses or networks, comma-separated, whose X-Forwarded-For is believed; none."""
    basket_share: int = 0
    """COGWERK_BASKET_SHARE: percent of the quoted baskets that are kept for 90 days to try campaigns on."""
    cost_currency: str = "EUR"
    """COGWERK_COST_CURRENCY: what makers' costs and hourly rates are kept in, ISO 4217."""
    stale_minutes: int = 0
    """COGWERK_STALE_MINUTES: how long after an edit of a released model sessions on the one before may be finalised."""
    smtp_url: str = field(default="", repr=False)
    """COGWERK_SMTP_URL: `smtp://user:password@host:587` or `smtps://...`; empty: files in development."""
    mail_from: str = NOBODY
    """COGWERK_MAIL_FROM: whom mails come from, `Shop <shop@example.com>`; needed with a mail server."""
    public_url: str = ""
    """COGWERK_PUBLIC_URL: under which address shoppers reach this gateway, for links in mails; its own when empty."""
    operations: tuple[Path, ...] = ()
    """COGWERK_OPERATIONS: files of registered operations, comma-separated."""
    locked: bool = False
    """COGWERK_LOCKED: on or off; whether only registered operations are served."""
    rate: Rate | None = None
    """COGWERK_RATE: for each network strangers ask from, `100/1000` points a second and at once, or off."""
    known_rate: Rate | None = None
    """COGWERK_KNOWN_RATE: for each known principal."""
    metrics_token: str = field(default="", repr=False)
    """COGWERK_METRICS_TOKEN: at least 32 characters; whoever bears it may read /metrics, which is not there without."""
    traces: str = ""
    """COGWERK_TRACES: where an OpenTelemetry collector takes traces (OTLP over HTTP); nobody gets any when empty."""
    trace_share: int = 100
    """COGWERK_TRACE_SHARE: percent of the operations that are traced."""
    timings: bool = False
    """COGWERK_TIMINGS: on or off; whether administrators may ask in which module an answer took how long."""
    slow_ms: int = 1_000
    """COGWERK_SLOW_MS: operations that take so long are logged by name."""
    introspection: bool = True
    """COGWERK_INTROSPECTION: on or off; off in production unless said."""
    log_level: str = "INFO"
    """COGWERK_LOG_LEVEL: DEBUG, INFO, WARNING or ERROR."""
    parts: tuple[str, ...] = ()
    """--only: the modules of this process; all when empty."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """COGWERK_MODULES: modules of other processes with their addresses, `catalog=http://10.0.0.2:8000,...`."""
    modules_token: str = field(default="", repr=False)
    """COGWERK_MODULES_TOKEN: with what they are asked: an API key with the scope `internal`, needed with these."""
    modules_ms: int = 2_000
    """COGWERK_MODULES_MS: how long an answer of theirs is waited for."""
    empty: bool = False
    """--empty: an empty store stays empty, without the demo shop."""

    @property
    def development(self) -> bool:
        """Whether this is a developer's machine."""
        return self.mode is Mode.DEVELOPMENT

    @property
    def database(self) -> str:
        """The database's URL, whichever it is."""
        return self.database_url or f"sqlite:///{self.data / 'cogwerk.db'}"

    @property
    def links(self) -> str:
        """What links to this gateway begin with, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def origin_pattern(self) -> str | None:
        """A pattern of further origins: any port of this machine, in development."""
        return r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?" if self.development else None


def read_settings(environ: Mapping[str, str], **options: Any) -> Settings:
    """Command-line options (None: not given) before the environment before the defaults. Raises SettingsError."""
    given = {name: value for name, value in options.items() if value is not None}
    host = given.pop("host", None) or environ.get("COGWERK_HOST") or "127.0.0.1"
    mode = _mode(environ.get("COGWERK_MODE", ""), host)
    return Settings(
        data=Path(given.pop("data", None) or environ.get("COGWERK_DATA") or ROOT / "var").absolute(),
        host=host,
        mode=mode,
        database_url=_url("DATABASE_URL", environ, "postgresql://", "postgres://", "sqlite:///"),
        redis_url=_url("REDIS_URL", environ, "redis://", "rediss://", "unix://"),
        origins=tuple(_origin(text) for text in _list(environ, "COGWERK_ORIGINS")),
        secret=_secret("COGWERK_SECRET", environ),
        operator_token=_secret("COGWERK_OPERATOR_TOKEN", environ),
        issuer=_issuer(environ),
        cart_days=_number("COGWERK_CART_DAYS", environ.get("COGWERK_CART_DAYS", 90), 1, 3650),
        cart_page=_cart_page(environ),
        cart_idle_hours=_number("COGWERK_CART_IDLE_HOURS", environ.get("COGWERK_CART_IDLE_HOURS", 24), 1, 8760),
        trusted_proxies=tuple(_network(text) for text in _list(environ, "COGWERK_TRUSTED_PROXIES")),
        basket_share=_number("COGWERK_BASKET_SHARE", environ.get("COGWERK_BASKET_SHARE", 0), 0, 100),
        cost_currency=_currency("COGWERK_COST_CURRENCY", environ, "EUR"),
        stale_minutes=_number("COGWERK_STALE_MINUTES", environ.get("COGWERK_STALE_MINUTES", 0), 0, 525_600),
        smtp_url=_smtp_url(environ),
        mail_from=_mail_from(environ),
        public_url=_public_url(environ),
        operations=tuple(Path(text).absolute() for text in _list(environ, "COGWERK_OPERATIONS")),
        locked=_locked(environ),
        rate=_rate("COGWERK_RATE", environ, "100/1000" if mode is Mode.PRODUCTION else "off"),
        known_rate=_rate("COGWERK_KNOWN_RATE", environ, "1000/10000" if mode is Mode.PRODUCTION else "off"),
        introspection=_switch("COGWERK_INTROSPECTION", environ, mode is Mode.DEVELOPMENT),
        modules=_modules(environ, given.get("parts", ())),
        modules_token=_secret("COGWERK_MODULES_TOKEN", environ),
        modules_ms=_number("COGWERK_MODULES_MS", environ.get("COGWERK_MODULES_MS", 2_000), 10, 60_000),
        log_level=_one_of("COGWERK_LOG_LEVEL", environ, "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        **_processes(environ, given),
        **_forgetting(environ),
        **_watching(environ),
        **given,
    )


def _processes(environ: Mapping[str, str], given: dict[str, Any]) -> dict[str, Any]:
    """How many serve where, and how they go; takes what is said of it out of the options."""
    return {
        "port": _number("COGWERK_PORT", given.pop("port", environ.get("COGWERK_PORT", 8000)), 0, 65535),
        "workers": _number("COGWERK_WORKERS", given.pop("workers", environ.get("COGWERK_WORKERS", 1)), 1, 256),
        "drain_seconds": _number("COGWERK_DRAIN_SECONDS", environ.get("COGWERK_DRAIN_SECONDS", 0), 0, 600),
    }


def _forgetting(environ: Mapping[str, str]) -> dict[str, Any]:
    """After how many days the sweeper forgets what is over."""
    usual = {"COGWERK_AUDIT_DAYS": 0, "COGWERK_HOLD_DAYS": 90, "COGWERK_REDEMPTION_DAYS": 730}
    days = {name: _number(name, environ.get(name, days), 0, 36_500) for name, days in usual.items()}
    return {name.removeprefix("COGWERK_").lower(): number for name, number in days.items()}


def _watching(environ: Mapping[str, str]) -> dict[str, Any]:
    """Who is told what goes on inside."""
    return {
        "metrics_token": _secret("COGWERK_METRICS_TOKEN", environ),
        "traces": _url("COGWERK_TRACES", environ, "http://", "https://"),
        "trace_share": _number("COGWERK_TRACE_SHARE", environ.get("COGWERK_TRACE_SHARE", 100), 1, 100),
        "timings": _switch("COGWERK_TIMINGS", environ, False),
        "slow_ms": _number("COGWERK_SLOW_MS", environ.get("COGWERK_SLOW_MS", 1_000), 1, 60_000),
    }


def _mode(text: str, host: str) -> Mode:
    if not text:
        return Mode.DEVELOPMENT if is_loopback(host) else Mode.PRODUCTION
    try:
        return Mode(text)
    except ValueError:
        raise SettingsError("COGWERK_MODE", text, ", ".join(Mode)) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _number(name: str, value: object, least: int, most: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise SettingsError(name, value, f"a whole number from {least} to {most}")
    return number


def _url(name: str, environ: Mapping[str, str], *schemes: str) -> str:
    text = environ.get(name, "").strip()
    if text and not text.startswith(schemes):
        raise SettingsError(name, text.partition("://")[0] + "://...", " or ".join(f"{item}..." for item in schemes))
    return text


def _smtp_url(environ: Mapping[str, str]) -> str:
    name, text = "COGWERK_SMTP_URL", _url("COGWERK_SMTP_URL", environ, "smtp://", "smtps://")
    try:
        parts = urlsplit(text)
        sound = not text or bool(parts.hostname and (parts.port or 1) and parts.path in ("", "/"))
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(name, "smtp://...", "smtp://user:password@host:587 or smtps://user:password@host:465")
    return text


def _mail_from(environ: Mapping[str, str]) -> str:
    text = environ.get("COGWERK_MAIL_FROM", "").strip()
    if not text and not environ.get("COGWERK_SMTP_URL"):
        return NOBODY
    if not is_address(parseaddr(text)[1]) or not text.isprintable():
        raise SettingsError("COGWERK_MAIL_FROM", text, "whom mails come from: Shop <shop@example.com>")
    return text


def _public_url(environ: Mapping[str, str]) -> str:
    text = environ.get("COGWERK_PUBLIC_URL", "").strip().rstrip("/")
    if text and not re.fullmatch(r"https?://[^\s?#]+", text):
        raise SettingsError("COGWERK_PUBLIC_URL", text, "an address such as https://api.shop.example")
    return text


def _modules(environ: Mapping[str, str], here: Collection[str]) -> dict[str, str]:
    name = "COGWERK_MODULES"
    listed = [text.partition("=") for text in _list(environ, name)]
    for module, _, url in listed:
        if not re.fullmatch(r"[a-z]+", module) or not re.fullmatch(r"https?://[^\s/?#@]+/?", url):
            raise SettingsError(name, f"{module}={url}", "modules with addresses: pricing=http://10.0.0.3:8000,...")
        if module in here:
            raise SettingsError(name, f"{module}={url}", f"modules of other processes; {module} is served by this one")
    if listed and not environ.get("COGWERK_MODULES_TOKEN"):
        raise SettingsError("COGWERK_MODULES_TOKEN", "", f"an API key with the scope `internal`, as {name} is set")
    return {module: url.rstrip("/") for module, _, url in listed}


def _cart_page(environ: Mapping[str, str]) -> str:
    text = environ.get("COGWERK_CART_PAGE", "").strip()
    if text and not (text.startswith(("https://", "http://")) and text.count("{key}") == 1):
        raise SettingsError("COGWERK_CART_PAGE", text, "a page with the key's place: https://shop.example/cart#{key}")
    return text


def _issuer(environ: Mapping[str, str]) -> Issuer | None:
    name = environ.get("COGWERK_ISSUER", "").strip()
    audience, keys = environ.get("COGWERK_AUDIENCE", "").strip(), environ.get("COGWERK_JWKS", "").strip()
    if not name:
        return None
    if not audience:
        raise SettingsError(
            "COGWERK_AUDIENCE", "", "the `aud` of the issuer's tokens for this shop, as COGWERK_ISSUER is set"
        )
    keys = keys or name.rstrip("/") + "/.well-known/jwks.json"
    url = urlsplit(keys)
    if "://" in keys and url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
        raise SettingsError("COGWERK_JWKS", keys, "an address that begins with https://, or a file")
    return Issuer(name, audience, keys, environ.get("COGWERK_ROLES_CLAIM", "").strip() or "roles")


def _rate(name: str, environ: Mapping[str, str], default: str) -> Rate | None:
    text = environ.get(name, "").strip() or default
    if text == "off":
        return None
    found = re.fullmatch(r"([1-9]\d{0,6})/([1-9]\d{0,6})", text)
    if found is None:
        raise SettingsError(name, text, "points a second and at once, such as 100/1000, or off")
    return Rate(int(found[1]), int(found[2]))


def _currency(name: str, environ: Mapping[str, str], default: str) -> str:
    text = environ.get(name, "").strip() or default
    if not is_currency(text):
        raise SettingsError(name, text, "an ISO 4217 code: three capital letters")
    return text


def _locked(environ: Mapping[str, str]) -> bool:
    locked = _switch("COGWERK_LOCKED", environ, False)
    if locked and not _list(environ, "COGWERK_OPERATIONS"):
        raise SettingsError("COGWERK_LOCKED", "on", "on together with COGWERK_OPERATIONS, or off")
    return locked


def _list(environ: Mapping[str, str], name: str) -> list[str]:
    return [text.strip() for text in environ.get(name, "").split(",") if text.strip()]


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise SettingsError(
            "COGWERK_TRUSTED_PROXIES", text, "addresses or networks such as 10.0.0.0/8, separated by commas"
        ) from None


def _origin(text: str) -> str:
    origin = text.rstrip("/")
    if not re.fullmatch(r"https?://[^/\s*]+", origin):
        raise SettingsError("COGWERK_ORIGINS", text, "origins such as https://shop.example, separated by commas")
    return origin


def _secret(name: str, environ: Mapping[str, str]) -> str:
    text = environ.get(name, "")
    if text and len(text) < 32:
        raise SettingsError(name, "too short", "at least 32 characters")
    return text


def _switch(name: str, environ: Mapping[str, str], default: bool) -> bool:
    words = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False, "": default}
    text = environ.get(name, "").lower()
    if text not in words:
        raise SettingsError(name, text, "on or off")
    return words[text]


def _one_of(name: str, environ: Mapping[str, str], default: str, allowed: tuple[str, ...]) -> str:
    text = environ.get(name, default).upper()
    if text not in allowed:
        raise SettingsError(name, text, ", ".join(allowed))
    return text
