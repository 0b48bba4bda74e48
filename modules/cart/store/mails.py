"""How many mails are sent for whom, so that nobody makes the shop a nuisance to others.

{carts}.mails:<mark>    mails within the hour, of an asker or to an address
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
-- Counts one for each of the keys, and says whether none is over. ARGV: seconds, then most of each.
local good = 1
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, ARGV[1]) end
  if count > tonumber(ARGV[i + 1]) then good = 0 end
end
return good
"""


class MailLimits:
    """`secret` hides who asks and to whom is written."""

    def __init__(self, redis: Redis, secret: bytes) -> None:
        self._secret = secret
        self._count = redis.script(_COUNT)

    async def count(self, asker: str, to: str) -> None:
        """Counts a mail. Raises CartMailLimit beyond 10 an hour for who asks, or 5 to an address."""
        names = [self._name("asker", asker), self._name("to", to.casefold())]
        if not await self._count(keys=names, args=[_HOUR_S, MOST_OF_ASKER, MOST_TO_ADDRESS]):
            raise CartMailLimit

    def _name(self, *parts: str) -> str:
        mark = hmac.digest(self._secret, "\0".join(("mail", *parts)).encode(errors="replace"), "sha256").hex()[:40]
        return f"{{carts}}.mails:{mark}"
