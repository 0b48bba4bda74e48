"""Carts in Redis: an append-only log of operations each, written and read by one script in one round trip.

A cart hashes into one of 16 tagged buckets, so that its keys and the bucket's event stream share a slot of a cluster:

    cart:{c07}:<hash>       channel, created, version, last_at (microseconds)
    cart:{c07}:<hash>:ops   operation id -> the operation as JSON, with the time it counts at
    {c07}.events.cart       the bucket's events
    cart:new:<hash>         what an idempotency key of createCart has led to, for 24 hours

A cart's key is derived from the server's secret and never stored; `<hash>` is its SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modules.cart.engine.documents import decode, encode
from modules.cart.events import CartChanged
from modules.cart.model import MOST_OPERATIONS, OLDEST_US, Cart, Operation, cart_of
from modules.kernel.errors import IdempotencyConflict
from modules.kernel.moments import format_moment
from modules.kernel.names import CartId, ChannelId
from modules.runtime.redis import Redis

BUCKETS = 16
_DAY_S = 86_400
_STREAM_LENGTH = 100_000
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")

_APPEND = """
-- Takes up the operations this cart has not seen, and answers with all of it: {full, head, operations}.
-- KEYS: the cart, its operations, the stream of its bucket.
-- ARGV: 1 seconds to keep it, 2 most operations, 3 furthest back (us), 4 length of the stream,
--       5 event: id, 6 name, 7 moment, 8 cart id, 9 by; then for each operation: id, time given or "", kind, JSON.
local cart, log, stream = KEYS[1], KEYS[2], KEYS[3]
if redis.call('EXISTS', cart) == 0 then return false end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('HGET', cart, 'last_at'))
local unseen, what, said, seen = {}, {}, {}, {}

for i = 10, #ARGV, 4 do
  local id, given, kind, body = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]
  if not seen[id] and redis.call('HEXISTS', log, id) == 0 then
    seen[id] = true
    -- A time that cannot be true counts as none. The order of a list without times is kept by the added microsecond,
    -- also where this clock runs behind that of a server that failed.
    local credible = given and given <= now and given >= now - ARGV[3]
    local at = credible and given or math.max(now, last + 1)
    last = math.max(last, at)
    unseen[#unseen + 1] = id
    -- Joined as text: cjson writes 14 digits of a number, and microseconds have 16.
    unseen[#unseen + 1] = string.format('{"at":%.0f,', at) .. string.sub(body, 2)
    if not said[kind] then
      said[kind] = true
      what[#what + 1] = kind
    end
  end
end

local count = #unseen / 2
local full = count > 0 and redis.call('HLEN', log) + count > tonumber(ARGV[2])
if count > 0 and not full then
  redis.call('HSET', log, unpack(unseen))
  local version = redis.call('HINCRBY', cart, 'version', count)
  redis.call('HSET', cart, 'last_at', string.format('%.0f', last))
  local state = {cart = ARGV[8], version = version, by = ARGV[9], what = what}
  local event = {id = ARGV[5], name = ARGV[6], at = ARGV[7], changes = {{ARGV[8], version, state}}}
  redis.call('XADD', stream, 'MAXLEN', '~', ARGV[4], '*', 'e', cjson.encode(event))
  redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f', (time[1] - 86400) * 1000))
end
if count > 0 or redis.call('TTL', cart) < ARGV[1] - 86400 then
  redis.call('EXPIRE', cart, ARGV[1])
  redis.call('EXPIRE', log, ARGV[1])
end
return {full and 1 or 0, redis.call('HMGET', cart, 'channel', 'version'), redis.call('HVALS', log)}
"""

_CREATE = """
-- KEYS: the cart, its operations. ARGV: seconds to keep it, channel. Answers as the other script does.
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000000 + time[2])
  redis.call('HSET', KEYS[1], 'channel', ARGV[2], 'created', now, 'version', 1, 'last_at', 0)
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return {0, redis.call('HMGET', KEYS[1], 'channel', 'version'), redis.call('HVALS', KEYS[2])}
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cart is found, without the key that opens it."""

    hash: str

    @classmethod
    def of(cls, key: str) -> Address | None:
        """None for a text that is no cart key."""
        return cls(hashlib.sha256(key.encode()).hexdigest()) if _KEY.fullmatch(key) else None

    @property
    def id(self) -> CartId:
        """The public id: a digest of the digest, so that it opens and finds nothing."""
        return CartId(hashlib.sha256(f"cart id {self.hash}".encode()).hexdigest()[:24])

    @property
    def bucket(self) -> str:
        """The tag its keys and its stream share."""
        return f"{{c{int(self.hash[:8], 16) % BUCKETS:02d}}}"

    @property
    def stream(self) -> str:
        """Where its events go."""
        return f"{self.bucket}.events.cart"

    @property
    def keys(self) -> list[str]:
        """Of the cart and of its operations."""
        name = f"cart:{self.bucket}:{self.hash}"
        return [name, f"{name}:ops"]


@dataclass(frozen=True, slots=True)
class Appended:
    """The cart after a call. `full`: nothing was taken up, since it would keep too many operations."""

    cart: Cart
    full: bool


class CartStore:
    """All carts. `secret` is the server's: whoever has it and the store's records can derive keys of the last day.

    A cart is forgotten `keep_days` after the last operation or reading.
    """

    def __init__(self, redis: Redis, secret: bytes, keep_days: int = 90) -> None:
        self._redis = redis
        self._secret = secret
        self._keep_s = keep_days * _DAY_S
        self._append = redis.script(_APPEND)
        self._create = redis.script(_CREATE)

    async def reserve(self, principal: str, idempotency_key: str, channel: ChannelId) -> str:
        """The cart key that belongs to this idempotency key for 24 hours, the same whenever it is asked for.

        Raises IdempotencyConflict when it was asked for with another channel.
        """
        record = f"cart:new:{_digest(principal, idempotency_key)}"
        wish = f"{secrets.token_hex(16)}:{_digest(channel)}"
        held = await self._redis.execute("SET", record, wish, "NX", "GET", "EX", _DAY_S)
        nonce, _, body = (held or wish).partition(":")
        if body != _digest(channel):
            raise IdempotencyConflict(f"{idempotency_key[:4]}...")
        signed = hmac.digest(self._secret, f"{nonce}{idempotency_key}".encode(), "sha256")
        return urlsafe_b64encode(signed[:24]).decode()

    async def create(self, key: str, channel: ChannelId) -> Cart:
        """The cart of a key that `reserve` gave; one that exists stays as it is."""
        address = Address.of(key)
        assert address is not None
        return _cart(address, await self._create(keys=address.keys, args=[self._keep_s, channel]))

    async def read(self, address: Address) -> Cart | None:
        """The cart as it is; None when there is none."""
        appended = await self.append(address, (), "")
        return appended.cart if appended else None

    async def append(self, address: Address, operations: Sequence[Operation], by: str) -> Appended | None:
        """Takes up what the cart has not seen, in one atomic step with its event; None when there is no cart.

        Called twice, as when an answer was lost, it does what it does once.
        """
        event = (secrets.token_hex(16), CartChanged.NAME, format_moment(datetime.now(UTC)), address.id, by)
        args: list[str | int | bytes] = [self._keep_s, MOST_OPERATIONS, OLDEST_US, _STREAM_LENGTH, *event]
        for operation in operations:
            time = "" if operation.at_us is None else operation.at_us
            args += [operation.id, time, operation.kind.value, encode(operation, by)]
        answer = await self._append(keys=[*address.keys, address.stream], args=args)
        return Appended(_cart(address, answer), bool(answer[0])) if answer else None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _cart(address: Address, answer: Sequence[Any]) -> Cart:
    _, (channel, version), operations = answer
    return cart_of(address.id, ChannelId(channel), int(version), map(decode, operations))
