-- Prepended to every script. No KEYS are declared: names are built here (one Redis, never Cluster).
-- An event id starts with `e`, a run id with `r`, an effect id with `f`; times are epoch ms.
local call = redis.call
local HINT = 'workers.hints.take'
local DAY = 86400
local clock = call('TIME')
local t = clock[1] * 1000 + math.floor(clock[2] / 1000) + (tonumber(call('GET', 'gs:clock:offset')) or 0)

local function key_of(id)
  if id:sub(1, 1) == 'e' then return 'gs:event:' .. id end
  return 'gs:run:' .. id
end

-- Sets a text; an empty one takes no room.
local function note(key, field, text)
  if text == '' then call('HDEL', key, field) else call('HSET', key, field, text) end
end

-- Open work stands in exactly one index (`queued:LANE`, `attention`, `held:...`); its hash says which.
local function put(id, index, score)
  local key = key_of(id)
  local old = call('HGET', key, 'at')
  if old then call('ZREM', 'gs:' .. old, id) end
  if not index then
    call('HDEL', key, 'at', 'ticket', 'pushed')
    return
  end
  call('ZADD', 'gs:' .. index, score, id)
  call('HSET', key, 'at', index)
  if index:sub(1, 5) == 'held:' then call('SADD', 'gs:held', index:sub(6)) end
end

-- New generation, new ticket; the hint itself goes out with push_hints, the script's last commands.
-- `first` is the generation of something that stands in no index yet.
local hints = {}
local function queue(id, lane, first)
  local key = key_of(id)
  local ticket = call('INCR', 'gs:ticket')
  local generation = first or tonumber(call('HGET', key, 'gen') or 0) + 1
  local old = not first and call('HGET', key, 'at')
  if old then call('ZREM', 'gs:' .. old, id) end
  call('ZADD', 'gs:queued:' .. lane, ticket, id)
  call('HSET', key, 'gen', generation, 'at', 'queued:' .. lane, 'ticket', ticket, 'pushed', t)
  hints[#hints + 1] = { id, generation, ticket, lane }
end

local function push_hints()
  for _, hint in ipairs(hints) do
    local id, generation, ticket, name = hint[1], hint[2], hint[3], 'gigstack-' .. hint[4]
    local job = id .. '-' .. generation .. '-' .. ticket
    local kind = id:sub(1, 1) == 'e' and 'event' or 'run'
    call('HSET', 'rq:job:' .. job, 'status', 'queued', 'origin', name, 'timeout', '-1', 'result_ttl', '0',
      'data', '["' .. HINT .. '",null,["' .. kind .. '","' .. id .. '",' .. generation .. '],{}]')
    if call('EXISTS', 'rq:queue:' .. name) == 0 then
      call('SADD', 'gs:lanes', hint[4])
      call('SADD', 'rq:queues', 'rq:queue:' .. name)
    end
    call('RPUSH', 'rq:queue:' .. name, job)
  end
  hints = {}
end

local function words(text)
  local list = {}
  for word in (text or ''):gmatch('%S+') do list[#list + 1] = word end
  return list
end

-- Effects are shared: one lasts as long as any run that leans on it, and while its outcome is unknown.
local function expire_effect(id, at_rest)
  local key = 'gs:effect:' .. id
  local state, run, also = unpack(call('HMGET', key, 'state', 'run', 'also'))
  if not at_rest or state == 'started' then return call('PERSIST', key) end
  for _, other in ipairs(words((run or '') .. ' ' .. (also or ''))) do
    if call('TTL', 'gs:run:' .. other) == -1 then return end
  end
  call('EXPIRE', key, 400 * DAY)
end

-- Retention starts when everything about an event is at rest, and never while a person is needed.
local function expire(event, at_rest)
  local key = 'gs:event:' .. event
  local keep = false
  local runs = words(call('HGET', key, 'runs'))
  for _, run in ipairs(runs) do
    local state = call('HGET', 'gs:run:' .. run, 'state')
    if state == 'parked' or state == 'failed' then keep = true end
  end
  local function each(name, days)
    if at_rest and not keep then call('EXPIRE', name, days * DAY) else call('PERSIST', name) end
  end
  each(key, 400)
  each('gs:body:' .. event, 30)
  for _, run in ipairs(runs) do each('gs:run:' .. run, 400) end
  for _, run in ipairs(runs) do
    for _, effect in ipairs(words(call('HGET', 'gs:run:' .. run, 'effects'))) do
      expire_effect(effect, at_rest and not keep)
    end
  end
end

local function settle_if_done(event)
  local key = 'gs:event:' .. event
  if tonumber(call('HGET', key, 'open')) == 0 and call('HGET', key, 'state') == 'dispatched' then
    call('HSET', key, 'state', 'settled')
    call('HDEL', key, 'nonce') -- our own client's second try came long ago
    expire(event, true)
  end
end

-- A run comes to rest: done, skipped, failed, cancelled or parked.
local function rest(run, state, reason)
  local key = 'gs:run:' .. run
  local event = call('HGET', key, 'event')
  put(run, nil)
  call('HDEL', key, 'token', 'due', 'worker', 'took')
  call('HSET', key, 'state', state, 'ended', t)
  note(key, 'reason', reason)
  if state == 'failed' or state == 'parked' then
    call('ZADD', 'gs:stuck', t, run)
  else
    call('ZREM', 'gs:stuck', run)
  end
  call('HINCRBY', 'gs:event:' .. event, 'open', -1)
  settle_if_done(event)
end

-- A run at rest is open again.
local function reopen(run)
  local key = 'gs:run:' .. run
  local event, lane = unpack(call('HMGET', key, 'event', 'lane'))
  call('ZREM', 'gs:stuck', run)
  call('HSET', key, 'state', 'queued')
  call('HDEL', key, 'reason')
  call('HINCRBY', 'gs:event:' .. event, 'open', 1)
  if call('HGET', 'gs:event:' .. event, 'state') == 'settled' then
    call('HSET', 'gs:event:' .. event, 'state', 'dispatched')
  end
  expire(event, false)
  queue(run, lane)
end

local function paused(rule)
  return call('SISMEMBER', 'gs:paused', rule) == 1 or call('SISMEMBER', 'gs:paused', 'all') == 1
end

-- A free key's first waiter gets a hint.
local function wake(key)
  if key == '' or call('EXISTS', 'gs:holder:' .. key) == 1 then return end
  local waiter = call('ZRANGE', 'gs:held:key:' .. key, 0, 0)[1]
  if waiter then queue(waiter, call('HGET', 'gs:run:' .. waiter, 'lane')) end
end

local OPEN = { queued = true, running = true, waiting = true }

-- Moves a queued run to running under `token`; false when it had to be put aside (paused, key held, or an
-- earlier run of its rule for this event is still open).
local function claim(run, token, worker, lease)
  local name = 'gs:run:' .. run
  local rule, lane, key, ticket, after = unpack(call('HMGET', name, 'rule', 'lane', 'key', 'ticket', 'after'))
  if after and OPEN[call('HGET', 'gs:run:' .. after, 'state') or ''] then
    call('HSET', name, 'state', 'waiting', 'due', t + 5000)
    put(run, 'attention', t + 5000)
    wake(key)
    return false
  end
  if paused(rule) then
    put(run, 'held:pause:' .. rule, tonumber(ticket))
    wake(key)
    return false
  end
  if key ~= '' then
    if call('EXISTS', 'gs:holder:' .. key) == 1 then
      put(run, 'held:key:' .. key, (lane == 'live' and 0 or 2 ^ 50) + tonumber(ticket))
      return false
    end
    call('SET', 'gs:holder:' .. key, run .. ' ' .. token)
  end
  put(run, 'attention', t + lease)
  call('HSET', name, 'state', 'running', 'token', token, 'worker', worker, 'started', t)
  call('HINCRBY', name, 'attempt', 1)
  return true
end

-- The end of a claim frees its key.
local function unlock(run, token)
  local key = call('HGET', 'gs:run:' .. run, 'key')
  if key ~= '' and call('GET', 'gs:holder:' .. key) == run .. ' ' .. token then
    call('DEL', 'gs:holder:' .. key)
  end
  return key
end

local function is_current(run, token)
  local state, current = unpack(call('HMGET', 'gs:run:' .. run, 'state', 'token'))
  return state == 'running' and current == token
end

-- What a worker needs to carry a run out: the run, its event, the body it shall see, the rule.
local function handed(run)
  local fields = call('HGETALL', 'gs:run:' .. run)
  local event, rule = unpack(call('HMGET', 'gs:run:' .. run, 'event', 'rule_hash'))
  local variant = call('HGET', 'gs:event:' .. event, 'variant')
  call('HSET', 'gs:run:' .. run, 'variant', variant)
  return { 'run', run, fields, call('HGETALL', 'gs:event:' .. event),
    call('HGET', 'gs:body:' .. event, variant) or '', call('GET', 'gs:rule:' .. rule) or '', t }
end

local function look_at(hint, token, worker, lease, foreign)
  local id, generation = hint:match('^([er][a-z2-7]+)%-(%d+)%-%d+$')
  if not id or #id ~= 26 or call('EXISTS', key_of(id)) == 0 then
    foreign[#foreign + 1] = hint
    return nil
  end
  call('DEL', 'rq:job:' .. hint)
  local state, current = unpack(call('HMGET', key_of(id), 'state', 'gen'))
  if current ~= generation then return nil end
  if state == 'accepted' then
    put(id, 'attention', t + lease)
    call('HINCRBY', key_of(id), 'gen', 1) -- the same hint again is stale
    local variant = call('HGET', key_of(id), 'variant')
    return { 'event', id, call('HGETALL', key_of(id)), call('HGET', 'gs:body:' .. id, variant) or '', t }
  end
  if state == 'queued' and claim(id, token, worker, lease) then return handed(id) end
  return nil
end

-- Pops a lane's hints until one leads to work, which is claimed in the same step.
-- Returns the work or nil, and the entries that were not ours.
local function take(lane, token, worker, lease)
  local foreign = {}
  -- Most hints lead to work; a run of stale ones costs at most this many pops per call.
  for _ = 1, 20 do
    local hint = call('LPOP', 'rq:queue:gigstack-' .. lane)
    if not hint then break end
    local work = look_at(hint, token, worker, lease, foreign)
    if work then return work, foreign end
  end
  return nil, foreign
end

-- The reply of a script that ends one piece of work: `last`, and the next work for whoever asked for it with
-- ARGV 1 token, 2 worker, 3 lease (ms), 4 lane ('' = no more work wanted); `work` where it is at hand already.
local function answer(last, work)
  push_hints()
  local foreign = {}
  if not work and ARGV[4] ~= '' then
    work, foreign = take(ARGV[4], ARGV[1], ARGV[2], tonumber(ARGV[3]))
    push_hints()
  end
  return { foreign, work or false, last }
end
