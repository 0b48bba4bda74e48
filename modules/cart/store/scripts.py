"""What is done to a cart in Redis: each script is one atomic step and one round trip, and bears to run twice.

KEYS: `Address.keys`. ARGV: 1 the call as a JSON object, then what the script says of itself. Of the call all scripts
know `locator`; those that ask for a right `grant` (the digest of the key's secret) and `needs`; those that publish
`cart` (the public id), `by`, `event` (an id), `name`, `at` and `most_entries`.

An answer begins with what became of the call:
    absent    nothing lies here
    unknown   the grant opens nothing, or nothing any more
    right     it does not open so far; then the right it takes
    taken     it is another customer's, or closed
    done      then {the cart's fields}, {its operations}, and what the script says of itself
"""

from __future__ import annotations

from typing import Final

BEGIN: Final = """
local cart, log, stream, touched, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local levels = {read = 1, edit = 2, owner = 3}

local function grant_of(digest)
  local kept = redis.call('HGET', cart, 'g:' .. digest)
  local grant = kept and cjson.decode(kept)
  return grant and levels[grant.right] and not (grant['until'] and grant['until'] <= now) and grant
end

-- Why the call is not done, or nothing. Without a right that it needs it is the shop's own, on an open cart that is
-- call.customer's, where that is said.
local function refused()
  if not call.needs then
    if redis.call('EXISTS', cart) == 0 then return {'absent'} end
    local kept, owner = redis.call('HGET', cart, 'closed'), redis.call('HGET', cart, 'customer') or ''
    return (kept or call.customer and call.customer ~= owner) and {'taken'} or nil
  end
  local grant = grant_of(call.grant)
  if not grant then return {redis.call('EXISTS', cart) == 0 and 'absent' or 'unknown'} end
  if levels[grant.right] < levels[call.needs] then return {'right', call.needs} end
end

local function publish(what)
  local version = tonumber(redis.call('HGET', cart, 'version'))
  local state = {cart = call.cart, version = version, by = call.by, what = what, call = call.event}
  local event = {id = call.event, name = call.name, at = call.at, changes = {{call.cart, version, state}}}
  redis.call('XADD', stream, 'MAXLEN', '~', call.most_entries, '*', 'e', cjson.encode(event))
  redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f', (time[1] - 86400) * 1000))
end

local function changed()
  redis.call('HINCRBY', cart, 'changes', 1)
end

-- To the hour, so that reading seldom writes.
local function touch()
  local last = redis.call('ZSCORE', touched, call.locator)
  if not last or now - last > 3600000000 then
    redis.call('ZADD', touched, string.format('%.0f', now), call.locator)
  end
end

local function done(said)
  touch()
  return {'done', redis.call('HGETALL', cart), redis.call('HVALS', log), said}
end
"""

CREATE: Final = (
    BEGIN
    + """
-- Makes the cart unless it is there, or was lately and has been put away. Of the call: channel.
if redis.call('EXISTS', cart) == 0 then
  if redis.call('EXISTS', gone) == 1 then return {'absent'} end
  redis.call('HSET', cart, 'channel', call.channel, 'created', string.format('%.0f', now), 'version', 1, 'last_at', 0,
    'g:' .. call.grant, cjson.encode({right = 'owner'}))
end
return refused() or done(0)
"""
)

APPEND: Final = (
    BEGIN
    + """
-- Takes up the operations this cart has not seen, and says {how it went, ids that the base holds, ids that come too
-- late}. Nothing is taken up when it is full (1), or not at call.version (2).
-- Of the call: most_operations, oldest_us. ARGV from 2: id, time given or "", kind, JSON, what it undoes or "" of each.
local refusal = refused()
if refusal then return refusal end
if call.version and tonumber(redis.call('HGET', cart, 'version')) ~= call.version then return done({2, {}, {}}) end

local last = tonumber(redis.call('HGET', cart, 'last_at'))
local base_at = tonumber(redis.call('HGET', cart, 'base_at') or 0)
local unseen, what, said, seen, folded, late = {}, {}, {}, {}, {}, {}

-- Of what the base holds the log keeps the id alone.
local function is_folded(id, kept)
  if not kept or string.sub(kept, 1, 1) ~= '"' then return false end
  folded[#folded + 1] = id
  return true
end

for i = 2, #ARGV, 5 do
  local id, given, kind, body, undoes = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local kept = redis.call('HGET', log, id)
  if not is_folded(id, kept) and not kept and not seen[id] then
    seen[id] = true
    -- A time that cannot be true counts as none. The order of a list without times is kept by the added microsecond,
    -- also where this clock runs behind that of a server that failed.
    local credible = given and given <= now and given >= now - call.oldest_us
    local at = credible and given or math.max(now, last + 1)
    local is_late = at < base_at
    if undoes ~= '' and is_folded(undoes, redis.call('HGET', log, undoes)) then is_late = true end
    if is_late then
      late[#late + 1] = id
    else
      last = math.max(last, at)
      unseen[#unseen + 1] = id
      -- Joined as text: cjson writes 14 digits of a number, and microseconds have 16.
      unseen[#unseen + 1] = string.format('{"at":%.0f,', at) .. string.sub(body, 2)
      if not said[kind] then
        said[kind] = true
        what[#what + 1] = kind
      end
      -- Whoever sends what was done long ago has more of it, perhaps, and a day to send it.
      if at < now - 604800000000 then redis.call('HSET', cart, 'late_at', string.format('%.0f', now)) end
    end
  end
end

local count = #unseen / 2
local kept_ones = redis.call('HLEN', log) - (redis.call('HGET', cart, 'folded') or 0)
local full = count > 0 and kept_ones + count > call.most_operations
if count > 0 and not full then
  redis.call('HSET', log, unpack(unseen))
  redis.call('HINCRBY', cart, 'version', count)
  redis.call('HSET', cart, 'last_at', string.format('%.0f', last))
  publish(what)
end
return done({full and 1 or 0, folded, late})
"""
)

COMPACT: Final = (
    BEGIN
    + """
-- Puts a base in the place of operations, if the cart still is what it was at call.mark.
-- Of the call: base_at. ARGV 2: the base as JSON; from 3: ids of what it holds beyond the one before.
local version, changes = unpack(redis.call('HMGET', cart, 'version', 'changes'))
if not version then return {'absent'} end
if version + (changes or 0) ~= call.mark then return done(0) end
redis.call('HSET', cart, 'base', ARGV[2], 'base_at', string.format('%.0f', call.base_at))
for i = 3, #ARGV do redis.call('HSET', log, ARGV[i], cjson.encode(ARGV[i])) end
redis.call('HINCRBY', cart, 'folded', #ARGV - 2)
changed()
return done(1)
"""
)

LINK: Final = (
    BEGIN
    + """
-- Adds a link; says 1 when it is one too many, 2 when its key was another link's or has been revoked, else 0.
-- Of the call: link (the digest of its secret), most_links. ARGV 2: the grant as JSON, without when it was made.
local refusal = refused()
if refusal then return refusal end

local field, grant = 'g:' .. call.link, cjson.decode(ARGV[2])
local kept = redis.call('HGET', cart, field)
if kept then
  local held = cjson.decode(kept)
  local same = held.right == grant.right and held.label == grant.label and held['until'] == grant['until']
  return done(same and 0 or 2)
end

local fields, count = redis.call('HGETALL', cart), 0
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'g:' then
    local other = cjson.decode(fields[i + 1])
    local over = other['until'] and other['until'] <= now - 86400000000
    -- What was revoked is known for a day, so that the call that made it does not make it again.
    if over or other.right == 'none' and other.made <= now - 86400000000 then
      redis.call('HDEL', cart, fields[i])
    elseif other.id and grant_of(string.sub(fields[i], 3)) then
      count = count + 1
    end
  end
end
if count >= call.most_links then return done(1) end
redis.call('HSET', cart, field, string.format('{"made":%.0f,', now) .. string.sub(ARGV[2], 2))
changed()
publish({'createLink'})
return done(0)
"""
)

READ: Final = (
    BEGIN
    + """
-- The cart as it is.
return refused() or done(0)
"""
)

REVOKE: Final = (
    BEGIN
    + """
-- Ends the link of the id call.link, or without one the call's own grant if that is a link's. Says 1 when there was no
-- such link, else 0.
local held = redis.call('HGET', cart, 'g:' .. call.grant)
if not call.link and held and cjson.decode(held).right == 'none' then return done(0) end
local refusal = refused()
if refusal then return refusal end

local own, fields = 'g:' .. call.grant, redis.call('HGETALL', cart)
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'g:' then
    local grant = cjson.decode(fields[i + 1])
    if grant.id and (call.link and grant.id == call.link or not call.link and fields[i] == own) then
      if grant.right ~= 'none' then
        local text = cjson.encode({id = grant.id, right = 'none', label = grant.label})
        redis.call('HSET', cart, fields[i], string.format('{"made":%.0f,', now) .. string.sub(text, 2))
        changed()
        publish({call.what})
      end
      return done(0)
    end
  end
end
return done(1)
"""
)

DUMP: Final = (
    BEGIN
    + """
-- All of the cart: {fields}, {operations by id}, when it was touched last; nothing where nothing lies.
if redis.call('EXISTS', cart) == 0 then
  redis.call('ZREM', touched, call.locator)
  return false
end
return {redis.call('HGETALL', cart), redis.call('HGETALL', log), redis.call('ZSCORE', touched, call.locator) or '0'}
"""
)

COPY: Final = (
    BEGIN
    + """
-- As DUMP, and changes nothing: nothing also where the cart still is what it was at call.mark, or, if told call.open,
-- where it is closed.
local version, changes, closed = unpack(redis.call('HMGET', cart, 'version', 'changes', 'closed'))
if not version or version + (changes or 0) == call.mark or call.open and closed then return false end
return {redis.call('HGETALL', cart), redis.call('HGETALL', log), redis.call('ZSCORE', touched, call.locator) or '0'}
"""
)

REMOVE: Final = (
    BEGIN
    + """
-- Takes the cart away if it still is what it was at call.mark, and leaves a mark for call.seconds. Says whether.
local version, changes = unpack(redis.call('HMGET', cart, 'version', 'changes'))
if not version or version + (changes or 0) ~= call.mark then return 0 end
redis.call('DEL', cart, log)
redis.call('ZREM', touched, call.locator)
redis.call('SET', gone, string.format('%.0f', call.mark), 'EX', call.seconds)
return 1
"""
)

RESTORE: Final = (
    BEGIN
    + """
-- Puts a cart back as it was at call.mark, unless there is one or it was put away anew since: 'restored', 'there' or
-- 'stale'. ARGV from 2: call.fields names and values of the cart, then its operations by id.
if redis.call('EXISTS', cart) == 1 then return 'there' end
local put_away = tonumber(redis.call('GET', gone) or 0)
if put_away > call.mark then return 'stale' end
local function put(name, first, last)
  -- Lua takes some thousand arguments at a time.
  for i = first, last, 2000 do
    redis.call('HSET', name, unpack(ARGV, i, math.min(i + 1999, last)))
  end
end
put(cart, 2, call.fields + 1)
put(log, call.fields + 2, #ARGV)
redis.call('DEL', gone)
touch()
return 'restored'
"""
)
