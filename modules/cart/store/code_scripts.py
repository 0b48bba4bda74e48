"""Codes that a phone shows and a till enters; all of their keys share one slot.

{carts}.code:<mark>    which cart, and who has opened it with this code, as JSON
{carts}.shown:<mark>   the code that a cart shows now
{carts}.tries:<mark>   wrong codes within the hour, of a principal or a network
"""

from __future__ import annotations

from typing import Final

SHOW: Final = """
-- Lets a code show a cart instead of the one it showed before; says 0 when the code is taken.
-- KEYS: code, shown. ARGV: what it shows, seconds.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local before = redis.call('GET', KEYS[2])
if before then redis.call('DEL', before) end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], KEYS[1], 'EX', ARGV[2])
return 1
"""

OPEN: Final = """
-- What a code shows, to the first who enters it and to nobody else: 'tries', 'unknown', or the text.
-- KEYS: code, tries of the principal, tries of the network. ARGV: who and which call, most tries of each, seconds.
for i = 2, 3 do
  if tonumber(redis.call('GET', KEYS[i]) or 0) >= tonumber(ARGV[i]) then return 'tries' end
end
local text = redis.call('GET', KEYS[1])
local shown = text and cjson.decode(text)
if not shown or shown.by and shown.by ~= ARGV[1] then
  for i = 2, 3 do
    if redis.call('INCR', KEYS[i]) == 1 then redis.call('EXPIRE', KEYS[i], ARGV[4]) end
  end
  return 'unknown'
end
if not shown.by then
  shown.by = ARGV[1]
  redis.call('SET', KEYS[1], cjson.encode(shown), 'KEEPTTL')
end
return text
"""
