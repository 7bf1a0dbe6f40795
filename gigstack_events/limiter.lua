-- The calls that all processes may make with the API key of one mode: a token bucket that learns from 429s.
--
-- KEYS[1] the bucket's hash, gs:rate:MODE; KEYS[2] the tests' clock offset in ms
-- ARGV[1] take: a token, if there is one | book: the next one, if it comes soon | owe: one, there or not
--   | give: one back | cut: there was a 429
-- ARGV[2] calls per second at most; ARGV[3] seconds in which that is reached again from nothing
-- ARGV[4] the lane; `bulk` gets half of the rate at most, all others the whole
-- ARGV[5] for cut: how long the API wants no calls, in ms, 0 where it did not say; for book: what soon means
-- Reply: 0: done; else how many ms to wait before asking again. Whoever has to wait is told a time of his
-- own, behind the others', so that those who wait come back one by one. A reply to book that is no more than
-- ARGV[5] says when the token is there that was booked: who has begun goes on before others begin.
local key, act, most, bulk = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[4] == 'bulk'
local BURST = 0.5        -- seconds of calls that may go at once
local ROOM = 1.5         -- but never less than this: whoever comes a little late for a token loses none
local LEAST = 0.5        -- calls per second that are never too many: with fewer, runs of several calls would starve
local CUT_EACH = 1000    -- a burst of 429s is one sign, not many
local LONGEST = 3600000  -- neither a wish of the API nor a turn lies further ahead
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000 + (tonumber(redis.call('GET', KEYS[2])) or 0)

local stored = redis.call('HMGET', key, 'rate', 'at', 'cut', 'opens', 'all', 'bulk', 'turn:all', 'turn:bulk')
for i = 1, 8 do stored[i] = tonumber(stored[i]) end
-- A clock that was put back (another server took over) makes all moments that are kept worthless.
if now < (stored[2] or 0) - 1000 then stored[2], stored[3], stored[4], stored[7], stored[8] = now, 0, 0, 0, 0 end
local opens = stored[4] or 0
-- No token grows while the API wants no calls.
local since = math.min(math.max(stored[2] or now, opens), now)
local rate = stored[1] or most
rate = math.min(most, rate + most * (now - since) / 1000 / tonumber(ARGV[3]))

local function level(tokens, share)
  local burst = math.max(ROOM, rate * share * BURST)
  return math.min(burst, (tonumber(tokens) or burst) + (now - since) * rate * share / 1000), burst
end

local all, all_burst = level(stored[5], 1)
local half, half_burst = level(stored[6], 0.5)
local turn = { all = stored[7] or 0, bulk = stored[8] or 0 }
local wait = 0

-- No debt grows beyond a burst but by what was booked.
local function changed(tokens, count, burst)
  return math.min(math.max(tokens + count, math.min(tokens, -burst)), burst)
end

local function add(count)
  all = changed(all, count, all_burst)
  if bulk then half = changed(half, count, half_burst) end
end

local function free() return now >= opens and all > 0.999999 and (not bulk or half > 0.999999) end

local start = math.max(now, opens)
local missing = math.max(0, (1 - all) * 1000 / rate, bulk and (1 - half) * 2000 / rate or 0)
if act == 'book' then
  local soon = free() and 0 or math.ceil(start + missing - now)
  act = soon <= tonumber(ARGV[5]) and 'booked' or 'take'
  if act == 'booked' then wait = soon end
end

if act == 'give' then
  add(1)
elseif act == 'owe' or (act == 'take' and free()) then
  if all >= all_burst then turn = { all = 0, bulk = 0 } end  -- nobody waits
  add(-1)
elseif act == 'booked' then
  all = all - 1
  if bulk then half = half - 1 end
elseif act == 'take' then
  local name, own = bulk and 'bulk' or 'all', bulk and rate / 2 or rate
  turn[name] = math.min(math.max(start + missing, turn[name] + 1000 / own), now + LONGEST)
  wait = math.ceil(turn[name] - now)
elseif act == 'cut' then
  if now - (stored[3] or 0) >= CUT_EACH then
    rate = math.min(most, math.max(rate / 2, LEAST))
    stored[3] = now
    all, half = math.min(all, 0), math.min(half, 0)
  end
  local wish = math.min(tonumber(ARGV[5]), LONGEST)
  if wish > 0 then opens = math.max(opens, now + wish) end
end

redis.call('HSET', key, 'rate', rate, 'at', now, 'cut', stored[3] or 0, 'opens', opens, 'all', all, 'bulk', half,
  'turn:all', turn.all, 'turn:bulk', turn.bulk)
redis.call('PEXPIRE', key, 2 * LONGEST)
return wait
