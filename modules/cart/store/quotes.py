"""Quotes of carts that were asked to be kept, in Redis for 24 hours.

    cart:quotes:{<cart id>}         quote and view -> the quote as text
    cart:quotes:{<cart id>}:times   the same names by the moment at which they were kept, in seconds

Both share a slot of a cluster. The cart's public id finds them, but whoever reads one here has opened the cart first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modules.cart.engine.keeping import KeptQuote, pack, unpack
from modules.kernel.names import CartId
from modules.runtime.redis import Redis

KEPT_S: Final = 86_400
MOST_KEPT: Final = 100
"""Quotes of one cart; beyond that the oldest go, so that nobody fills the memory by asking."""

_KEEP = """
-- Answers with the first of the earlier quotes that is still kept, or false; then keeps the new one.
-- KEYS: the quotes, their times. ARGV: 1 seconds, 2 most, 3 name and 4 text of the new one, both "" for none;
--       then the names of the earlier one, the best first.
local quotes, times = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local earlier = false
for i = 5, #ARGV do
  local kept = redis.call('ZSCORE', times, ARGV[i])
  if not earlier and kept and tonumber(kept) > now - ARGV[1] then
    earlier = redis.call('HGET', quotes, ARGV[i])
  end
end
if ARGV[3] ~= '' then
  redis.call('HSET', quotes, ARGV[3], ARGV[4])
  redis.call('ZADD', times, string.format('%.6f', now), ARGV[3])
  local gone = redis.call('ZRANGEBYSCORE', times, '-inf', now - ARGV[1])
  if #gone == 0 then gone = redis.call('ZRANGE', times, 0, -1 - ARGV[2]) end
  if #gone > 0 then
    redis.call('HDEL', quotes, unpack(gone))
    redis.call('ZREM', times, unpack(gone))
  end
  redis.call('EXPIRE', quotes, ARGV[1])
  redis.call('EXPIRE', times, ARGV[1])
end
return earlier
"""


class QuoteStore:
    """KeptQuote quotes by cart, quote id and view (see `engine.keeping`)."""

    def __init__(self, redis: Redis, keep_seconds: int = KEPT_S) -> None:
        self._keep_s = keep_seconds
        self._keep = redis.script(_KEEP)

    async def read(self, cart: CartId, quote: str, views: Sequence[str]) -> KeptQuote | None:
        """The quote as the first of these views has it; None when none of them has, or not any more."""
        return await self.exchange(cart, None, "", quote, views)

    async def exchange(
        self, cart: CartId, new: KeptQuote | None, view: str, earlier: str | None = None, views: Sequence[str] = ()
    ) -> KeptQuote | None:
        """Keeps a new quote if there is one, and reads an earlier one, in one round trip; may be done twice."""
        name, text = (_name(new.quote.id, view), pack(new)) if new else ("", "")
        names = [_name(earlier, each) for each in views] if earlier else []
        key = f"cart:quotes:{{{cart}}}"
        found = await self._keep(keys=[key, f"{key}:times"], args=[self._keep_s, MOST_KEPT, name, text, *names])
        return unpack(found) if found else None


def _name(quote: str, view: str) -> str:
    return f"{quote}:{view}"
