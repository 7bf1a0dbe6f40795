-- Asks whether a group may be told something now; what may not be waits and goes with the next message.
-- ARGV: 1 group, 2 entry: what is to be told, 3 its line in a summary, 4 most messages within 5 a time (ms),
--       6 how long sending may take (ms), 7 the id of the message to make, 8 how long to keep all this (ms)
-- Reply: {'told'}: it has been, by whomever | {'wait', ms} | {'go', message, how many entries, first lines...}
local group, entry, line, most, every, hold, fresh, keep = unpack(ARGV)
local base = 'gs:notices:' .. group
local waiting, lines, given, out = base .. ':waiting', base .. ':lines', base .. ':given', base .. ':out'
local MOST_ENTRIES, MOST_LINES = 5000, 20
local LOOK = 5000  -- ms until one that waits for a sender asks again
most, every, hold = tonumber(most), tonumber(every), tonumber(hold)
local function mark_of(id) return base .. ':e:' .. id end

local function go(message)
  call('HSET', out, message, entry)
  call('ZADD', given, t + hold, message)  -- in flight it counts as sent at the latest moment
  for _, key in ipairs({ waiting, lines, given, out }) do call('PEXPIRE', key, keep) end
  local list = base .. ':m:' .. message
  local ids = call('LRANGE', list, 0, MOST_LINES - 1)
  local reply = { 'go', message, call('LLEN', list) }
  for _, id in ipairs(ids) do reply[#reply + 1] = call('HGET', lines, id) or '' end
  return reply
end

-- Nothing, or the ms until there is a turn: within `every` before any moment, there are `most` messages at most.
local function full()
  local n, all = call('ZCOUNT', given, string.format('(%d', t - every), '+inf'), call('ZCARD', given)
  if n < most then return end
  local at = tonumber(call('ZRANGE', given, all - most, all - most, 'WITHSCORES')[2])
  return at > t and math.min(at - t + 1, LOOK) or at + every - t + 1
end

local mark = call('GET', mark_of(entry))
if mark == 'told' then return { 'told' } end
local sender = mark and call('HGET', out, mark)
if sender then
  local ends = tonumber(call('ZSCORE', given, mark) or 0)
  -- Its own sender asks again only after its claim is over; the others wait until it cannot be alive.
  if sender ~= entry and ends > t then return { 'wait', math.min(ends - t, LOOK) } end
  -- Its turn is over: others may have had theirs meanwhile.
  local wait = ends <= t - every and full()
  if wait then return { 'wait', wait } end
  begin()
  call('HSET', out, 'doubt:' .. mark, 1)  -- nobody knows what became of it the time before
  return go(mark)
end

begin()
if call('ZADD', waiting, 'NX', t, entry) == 1 and call('HLEN', lines) < 10 * MOST_LINES then
  call('HSET', lines, entry, line)
end
call('ZREMRANGEBYSCORE', given, '-inf', t - every)
local wait = full()
if wait then
  for _, key in ipairs({ waiting, lines }) do call('PEXPIRE', key, keep) end
  return { 'wait', wait }
end
local ids = call('ZRANGE', waiting, 0, MOST_ENTRIES - 1)
if call('ZRANK', waiting, entry) >= MOST_ENTRIES then ids[#ids] = entry end
local list = base .. ':m:' .. fresh
for _, id in ipairs(ids) do
  call('RPUSH', list, id)
  call('ZREM', waiting, id)
  call('SET', mark_of(id), fresh, 'PX', keep)
end
call('PEXPIRE', list, keep)
return go(fresh)
