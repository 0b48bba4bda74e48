"""How many mails are sent for whom, so that nobody makes the shop a nuisance to others.

{carts}.mails:<mark>    mails within the hour, of an asker or to an address; or that a call was counted
"""

from __future__ import annotations

import hmac
from typing import Final

from modules.cart.model.keys import CartMailLimit
from modules.runtime.redis import Redis

MOST_OF_ASKER: Final = 10
MOST_TO_ADDRESS: Final = 5
_HOUR_S: Final = 3_600

_COUNT = """
-- Counts one for each of the keys behind the first, and says whether none is over; the first is the call's own, which
-- counts once when all is well. ARGV: seconds, then most of each.
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local good = 1
for i = 2, #KEYS do
  local count = redis.call('INCR', KEYS[i])
  if count == 1 then redis.call('EXPIRE', KEYS[i], ARGV[1]) end
  if count > tonumber(ARGV[i]) then good = 0 end
end
if good == 1 then redis.call('SET', KEYS[1], '', 'EX', ARGV[1]) end
return good
"""


class MailLimits:
    """`secret` hides who asks and to whom is written."""

    def __init__(self, redis: Redis, secret: bytes) -> None:
        self._secret = secret
        self._count = redis.script(_COUNT)

    async def count(self, asker: str, to: str, call: str) -> None:
        """Counts a mail, once for each call: a repeated one sends none. Raises CartMailLimit beyond 10 an hour for who
        asks, or 5 to an address."""
        address = to.casefold()
        names = [self._name("call", asker, address, call), self._name("asker", asker), self._name("to", address)]
        if not await self._count(keys=names, args=[_HOUR_S, MOST_OF_ASKER, MOST_TO_ADDRESS]):
            raise CartMailLimit

    def _name(self, *parts: str) -> str:
        mark = hmac.digest(self._secret, "\0".join(("mail", *parts)).encode(errors="replace"), "sha256").hex()[:40]
        return f"{{carts}}.mails:{mark}"
