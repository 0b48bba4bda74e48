"""What is done to a cart when its shopper is known; see `scripts`.

A cart that is a customer's has the field `customer`, and by `c:<digest>` that the key of this digest once owned it:
such a key opens nothing any more, but its claim can be repeated. A guest's cart whose goods went into another has
`closed` beside.
"""

from __future__ import annotations

from typing import Final

from modules.cart.store.scripts import BEGIN

_WHOSE: Final = """
local customer = redis.call('HGET', cart, 'customer')
local foreign = customer and customer ~= call.customer
local claimed = customer and call.grant and redis.call('HEXISTS', cart, 'c:' .. call.grant) == 1

-- All keys die; the owner's are remembered for the claim alone.
local function hand_over()
  local fields = redis.call('HGETALL', cart)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'g:' then
      redis.call('HDEL', cart, fields[i])
      if cjson.decode(fields[i + 1]).right == 'owner' then
        redis.call('HSET', cart, 'c:' .. string.sub(fields[i], 3), 1)
      end
    end
  end
  redis.call('HSET', cart, 'customer', call.customer)
  changed()
  publish({'claimCart'})
end
"""

LOOK: Final = (
    BEGIN
    + _WHOSE
    + """
-- The cart that is to be claimed for call.customer; says 1 when it has been claimed with this key, else 0.
if not foreign and claimed then return done(1) end
local refusal = refused()
if refusal then return refusal end
if foreign then return {'unknown'} end
return done(0)
"""
)

ADOPT: Final = (
    BEGIN
    + _WHOSE
    + """
-- Makes the cart that of call.customer, opened by the key call.key alone, unless it is already; 'taken' when it is
-- another's or closed.
if redis.call('EXISTS', cart) == 0 then return {'absent'} end
if foreign or redis.call('HEXISTS', cart, 'closed') == 1 then return {'taken'} end
if not customer then hand_over() end
if redis.call('HSETNX', cart, 'g:' .. call.key, cjson.encode({right = 'owner'})) == 1 then changed() end
return done(0)
"""
)

SEAL: Final = (
    BEGIN
    + _WHOSE
    + """
-- Closes a guest's cart for good; its operations stay until they are in the customer's.
if not foreign and claimed and redis.call('HEXISTS', cart, 'closed') == 1 then return done(0) end
local refusal = refused()
if refusal then return refusal end
if foreign then return {'unknown'} end
redis.call('HSET', cart, 'closed', 1)
hand_over()
return done(0)
"""
)

EMPTY: Final = (
    BEGIN
    + """
-- Drops what a closed cart held; call.channel is where its goods have gone, whichever it was begun in.
if redis.call('EXISTS', cart) == 0 then return {'absent'} end
if redis.call('HEXISTS', cart, 'closed') == 1 and redis.call('DEL', log) == 1 then
  redis.call('HDEL', cart, 'base', 'base_at', 'folded')
  redis.call('HSET', cart, 'channel', call.channel)
  changed()
end
return done(0)
"""
)
