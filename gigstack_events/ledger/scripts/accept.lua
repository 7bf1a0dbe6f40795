-- Stores one delivery and the hint to dispatch its event; the event's key is the dedupe mark too.
-- ARGV: 1 event id, 2 nonce, 3 trust rank, 4 trust, 5 variant (hash of the body), 6 body, 7 alias or '',
--       8 variants kept, 9 state (accepted | unreadable | parked), 10 reason,
--       11 type, 12 mode, 13 team, 14 object id, 15 raw id, 16 id source, 17 created (ms or '')
-- Reply: new | duplicate | stronger
local id, nonce, rank, trust, variant, body, alias = unpack(ARGV, 1, 7)
local most, state, reason = tonumber(ARGV[8]), ARGV[9], ARGV[10]
local key, bodies = 'gs:event:' .. id, 'gs:body:' .. id
rank = tonumber(rank)

local function take_alias()
  local name = 'gs:alias:' .. alias
  if alias == '' or call('SET', name, id, 'NX', 'EX', 400 * DAY) then return end
  local held = tonumber(call('HGET', 'gs:event:' .. call('GET', name), 'rank') or -1)
  if held < rank then call('SET', name, id, 'EX', 400 * DAY) end
end

-- Sets fields that have a value, and removes those that have none where there was an event before.
local function set(fields, replace)
  local values, empty = {}, {}
  for i = 1, #fields, 2 do
    if fields[i + 1] == '' then
      empty[#empty + 1] = fields[i]
    else
      values[#values + 1], values[#values + 2] = fields[i], fields[i + 1]
    end
  end
  call('HSET', key, unpack(values))
  if replace and #empty > 0 then call('HDEL', key, unpack(empty)) end
end

-- Whether this delivery's trust is all that a run's rule asks for, so that nothing is read back.
local function suffices(run)
  local snapshot = call('GET', 'gs:rule:' .. (call('HGET', 'gs:run:' .. run, 'rule_hash') or ''))
  local asked = snapshot and cjson.decode(snapshot).trust
  return rank >= (({ none = 0, secret = 1, signed = 2 })[asked or ''] or math.huge)
end

local function facts(...)
  return { 'rank', rank, 'variant', variant, 'type', ARGV[11], 'mode', ARGV[12], 'team', ARGV[13],
    'object', ARGV[14], 'created', ARGV[17], ... }
end

-- Where a field is missing it is the usual: seen once, one variant, an id from the body, round 0, nothing open.
local known = call('HMGET', key, 'rank', 'nonce', 'variants', 'state', 'type', 'mode', 'team', 'object', 'seen')
if not known[1] then
  set(facts('id', ARGV[15], 'source', ARGV[16] == 'body' and '' or ARGV[16], 'state', state, 'received', t,
    'nonce', nonce, 'v:' .. variant, rank, 'reason', reason))
  call('HSET', bodies, variant, body)
  call('ZADD', 'gs:events', t, id)
  take_alias()
  if state == 'accepted' then queue(id, 'live', 1) else call('ZADD', 'gs:stuck', t, id) end
  push_hints()
  return 'new'
end

if known[2] == nonce then call('HSET', key, 'nonce', nonce) return 'duplicate' end -- a write, for WAIT to wait for
call('HSET', key, 'nonce', nonce, 'last_seen', t, 'seen', (known[9] or 1) + 1)
local current, have = tonumber(known[1]), tonumber(call('HGET', key, 'v:' .. variant) or -1)
if have >= rank then return 'duplicate' end
local used, confirmed = unpack(call('HMGET', key, 'variant', 'confirmed'))

-- A bounded number of variants is kept; only a stronger one pushes out the weakest.
if have < 0 and tonumber(known[3] or 1) >= most then
  if rank <= current then return 'duplicate' end
  local weakest, weight = nil, rank
  for _, other in ipairs(call('HKEYS', bodies)) do
    local w = tonumber(call('HGET', key, 'v:' .. other) or 0)
    if w < weight and other:sub(1, 2) ~= 'c:' then weakest, weight = other, w end
  end
  if weakest then
    call('HDEL', bodies, weakest)
    call('HDEL', key, 'v:' .. weakest)
    call('HINCRBY', key, 'variants', -1)
  end
end
if have < 0 then call('HSET', key, 'variants', (call('HGET', key, 'variants') or 1) + 1) end
call('HSET', key, 'v:' .. variant, rank)
call('HSET', bodies, variant, body)
if call('TTL', key) >= 0 then call('EXPIRE', bodies, 30 * DAY) end -- at rest, and nobody has to look
if rank < current then return 'duplicate' end

local same = true
for i = 5, 8 do same = same and (known[i] or '') == ARGV[i + 6] end
if rank == current then
  -- Equal trust cannot overrule: the newest text of the same facts is used, unless the API has confirmed the
  -- one in use; other facts are only counted.
  if not same then
    call('HINCRBY', key, 'conflicts', 1)
  elseif confirmed ~= 'c:' .. used then
    call('HSET', key, 'variant', variant)
  end
  return 'duplicate'
end

local moved = known[7] ~= ARGV[13] and (known[7] or '') ~= '' and ARGV[13] ~= '' -- to another team; some bodies name none
for i = 5, 8 do moved = moved or i ~= 7 and (known[i] or '') ~= ARGV[i + 6] end
if moved and known[4] ~= 'unreadable' then call('HINCRBY', key, 'retold', 1) end
set(facts(), true)
if confirmed then -- what is believed more now needs its own confirmation
  call('HDEL', key, 'confirmed')
  call('HDEL', bodies, 'c:' .. used)
end
take_alias()
if known[4] == 'unreadable' then return 'stronger' end
local runs = words(call('HGET', key, 'runs'))
for _, run in ipairs(runs) do -- what waited for the API to know of it need not wait any more
  local run_state, why, attempt, lane = unpack(call('HMGET', 'gs:run:' .. run, 'state', 'reason_code', 'attempt', 'lane'))
  if state == 'accepted' and run_state == 'waiting' and why == 'trust' and attempt ~= '0' then
    call('HSET', 'gs:run:' .. run, 'state', 'queued')
    call('HDEL', 'gs:run:' .. run, 'due')
    queue(run, lane)
  end
end
if state == 'accepted' and same and variant == used and (known[4] == 'dispatched' or known[4] == 'settled') then
  for _, run in ipairs(runs) do
    local run_state, why = unpack(call('HMGET', 'gs:run:' .. run, 'state', 'reason_code'))
    if run_state == 'skipped' and (why == 'trust' or why == 'moved_on' and suffices(run)) then reopen(run) end
    if suffices(run) then point(run) end
  end
  push_hints()
  return 'stronger'
end

-- Another body: conditions, keys and moments were read from the weaker one, so all is planned anew. What has begun
-- to act goes on, and what was tried does too, unless nobody can know whether the event was handled long ago.
for _, run in ipairs(runs) do
  local run_state, attempt, held, effects = unpack(call('HMGET', 'gs:run:' .. run, 'state', 'attempt', 'key', 'effects'))
  local open = run_state == 'queued' or run_state == 'waiting'
  if open and not effects and (attempt == '0' or state == 'parked') then
    rest(run, 'cancelled', 'a more trusted delivery of this event says something else')
    wake(held)
  end
end
call('HSET', key, 'state', state)
call('HDEL', key, 'lost')
note(key, 'reason', reason)
expire(id, false)
if state == 'accepted' then
  call('ZREM', 'gs:stuck', id)
  queue(id, 'live') -- new generation: a dispatch of the weaker body, perhaps under way, is stale
else
  put(id, nil)
  call('ZADD', 'gs:stuck', t, id)
end
push_hints()
return 'stronger'
