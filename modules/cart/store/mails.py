"""How many mails are sent for whom, so that nobody makes the shop a nuisance to others.

{carts}.mails:<mark>    mails within the hour, of an asker or to an address; or the address that a call was counted for
"""

from __future__ import annotations

import hmac
from typing import Final

from modules.cart.model.keys import CartMailLimit, conflict
from modules.runtime.redis import Redis

MOST_OF_ASKER: Final = 10
MOST_TO_ADDRESS: Final = 5
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_OTHER: Final = 2

_COUNT = """
-- Counts a mail of an asker and to an address, and says 1 when neither is over, else 0. A call that was well counts
-- once; says 2 when it was for another address. KEYS: call, asker, address. ARGV: seconds, most of each, and seconds of
-- the call.
local before = redis.call('GET', KEYS[1])
if before then return before == KEYS[3] and 1 or 2 end
local good = 1
for i = 2, #KEYS do
  local count = redis.call('INCR', KEYS[i])
  if count == 1 then redis.call('EXPIRE', KEYS[i], ARGV[1]) end
  if count > tonumber(ARGV[i]) then good = 0 end
end
if good == 1 then redis.call('SET', KEYS[1], KEYS[3], 'EX', ARGV[4]) end
return good
"""


class MailLimits:
    """`secret` hides who asks and to whom is written."""

    def __init__(self, redis: Redis, secret: bytes) -> None:
        self._secret = secret
        self._count = redis.script(_COUNT)

    async def count(self, asker: str, to: str, key: str, idempotency_key: str) -> None:
        """Counts a mail, once for each call: a repeated one sends none. Raises CartMailLimit beyond 10 an hour for who
        asks, or 5 to an address; IdempotencyConflict when the same call was to another address."""
        call = self._name("call", key, idempotency_key)
        names = [call, self._name("asker", asker), self._name("to", to.casefold())]
        found = await self._count(keys=names, args=[_HOUR_S, MOST_OF_ASKER, MOST_TO_ADDRESS, _DAY_S])
        if found == _OTHER:
            raise conflict(idempotency_key)
        if not found:
            raise CartMailLimit

    def _name(self, *parts: str) -> str:
        mark = hmac.digest(self._secret, "\0".join(("mail", *parts)).encode(errors="replace"), "sha256").hex()[:40]
        return f"{{carts}}.mails:{mark}"
