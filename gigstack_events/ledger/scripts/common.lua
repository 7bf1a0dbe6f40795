-- Prepended to every script. No KEYS are declared: names are built here (one Redis, never Cluster).
-- An event id starts with `e`, a run id with `r`, an effect id with `f`; times are epoch ms.
local call = redis.call
local HINT = 'workers.hints.take'
local DAY = 86400
local clock = call('TIME')
local t = clock[1] * 1000 + math.floor(clock[2] / 1000) + (tonumber(call('GET', 'gs:clock:offset')) or 0)

-- A full Redis refuses a script at its first write only: what ends work begins with one that is never refused.
local function record() call('DEL', 'gs:nothing') end
-- What begins something starts with one that is.
local function begin() call('SET', 'gs:probe', 1, 'PX', 1000) end

local function key_of(id)
  if id:sub(1, 1) == 'e' then return 'gs:event:' .. id end
  return 'gs:run:' .. id
end

-- Sets a text; an empty one takes no room.
local function note(key, field, text)
  if text == '' then call('HDEL', key, field) else call('HSET', key, field, text) end
end

-- Leaves the index it stands in. Queued runs are counted by rule, so that a quota can ask whether others wait.
local function leave(id, at, rule)
  if not at then return end
  call('ZREM', 'gs:' .. at, id)
  local lane = rule and at:match('^queued:(.+)$')
  if lane and call('HINCRBY', 'gs:load:' .. lane, rule, -1) <= 0 then call('HDEL', 'gs:load:' .. lane, rule) end
end

-- Open work stands in exactly one index (`queued:LANE`, `attention`, `held:...`); its hash says which.
local function put(id, index, score)
  local key = key_of(id)
  local at, rule = unpack(call('HMGET', key, 'at', 'rule'))
  leave(id, at, rule)
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
  local old, at, rule = unpack(call('HMGET', key, 'gen', 'at', 'rule'))
  local generation = first or tonumber(old or 0) + 1
  if not first then leave(id, at, rule) end
  call('ZADD', 'gs:queued:' .. lane, ticket, id)
  if rule then call('HINCRBY', 'gs:load:' .. lane, rule, 1) end
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

-- Notes what a person said about an event or a run, and who it was; the last ten are kept.
local function by_hand(key, verdict, by)
  local told = cjson.decode(call('HGET', key, 'hand') or '[]')
  told[#told + 1] = { t, verdict, by }
  if #told > 10 then table.remove(told, 1) end
  call('HSET', key, 'hand', cjson.encode(told))
end

-- What stood there before a person's verdict, which takes its place.
local function it_was(key)
  local state, reason = unpack(call('HMGET', key, 'state', 'reason'))
  return '; it was ' .. state .. ((reason or '') == '' and '' or ': ' .. reason:sub(1, 300))
end

local function words(text)
  local list = {}
  for word in (text or ''):gmatch('%S+') do list[#list + 1] = word end
  return list
end

-- Effects are shared: one lasts as long as any run that leans on it, and while its outcome is unknown, unless it may
-- be repeated or a person has cancelled its run, which may be long gone.
local function expire_effect(id, at_rest)
  local key = 'gs:effect:' .. id
  local state, run, also, harmless = unpack(call('HMGET', key, 'state', 'run', 'also', 'harmless'))
  local given_up = state ~= 'started' or harmless or (call('HGET', 'gs:run:' .. run, 'state') or 'cancelled') == 'cancelled'
  if not (at_rest and given_up) then return call('PERSIST', key) end
  for _, other in ipairs(words((run or '') .. ' ' .. (also or ''))) do
    if call('TTL', 'gs:run:' .. other) == -1 then return end
  end
  if state ~= 'started' then call('HDEL', key, 'token') end
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

-- A believed run stands among its object's newest, which older ones are compared with.
local function point(run)
  local latest, moment = unpack(call('HMGET', 'gs:run:' .. run, 'latest', 'moment'))
  if not latest then return end
  call('ZADD', 'gs:newest:' .. latest, moment, run)
  call('ZREMRANGEBYRANK', 'gs:newest:' .. latest, 0, -9)
  call('EXPIRE', 'gs:newest:' .. latest, 30 * DAY)
end

local reopen -- below

-- A run that is withdrawn supersedes nothing any more: the newest that it had superseded is open again.
local function withdraw(run)
  local older = call('HGET', 'gs:run:' .. run, 'over')
  if older and call('HGET', 'gs:run:' .. older, 'reason_code') == 'superseded' then reopen(older) end
  call('HDEL', 'gs:run:' .. run, 'over')
end

-- A run that ended badly is told of where a rule listens: an entry that becomes an event outside (internal.py).
-- Never about a run that was itself made by such an event, so that there is no way into a circle.
local function tell_of(run, state, reason)
  if call('SISMEMBER', 'gs:wants', 'run.' .. state) == 0 then return end
  local key = 'gs:run:' .. run
  local event, rule, handler, attempt, code =
    unpack(call('HMGET', key, 'event', 'rule', 'handler', 'attempt', 'reason_code'))
  local source, kind, mode, team, object =
    unpack(call('HMGET', 'gs:event:' .. event, 'source', 'type', 'mode', 'team', 'object'))
  if source == 'internal' and kind:sub(1, 4) == 'run.' then return end
  call('ZADD', 'gs:outbox', t, cjson.encode({
    run = run, state = state, n = call('HINCRBY', key, 'endings', 1), at = t, rule = rule,
    handler = handler or rule, event = event, event_type = kind or '', mode = mode or '', team = team or '',
    object_id = object or '', attempt = tonumber(attempt), reason_code = code or '', reason = reason }))
end

-- A run comes to rest: done, skipped, failed, cancelled or parked.
local function rest(run, state, reason)
  local key = 'gs:run:' .. run
  local event = call('HGET', key, 'event')
  put(run, nil)
  call('HDEL', key, 'token', 'due', 'worker', 'took', 'place')
  call('HSET', key, 'state', state, 'ended', t)
  note(key, 'reason', reason)
  if state == 'failed' or state == 'parked' then
    call('ZADD', 'gs:stuck', t, run)
    tell_of(run, state, reason)
  else
    call('ZREM', 'gs:stuck', run)
  end
  call('HINCRBY', 'gs:event:' .. event, 'open', -1)
  settle_if_done(event)
  local superseded = call('HGET', key, 'reason_code') == 'superseded'
  if state == 'cancelled' or state == 'skipped' and not superseded then withdraw(run) end
end

-- A run at rest is open again.
function reopen(run)
  local key = 'gs:run:' .. run
  local event, lane = unpack(call('HMGET', key, 'event', 'lane'))
  call('ZREM', 'gs:stuck', run)
  call('HSET', key, 'state', 'queued')
  call('HDEL', key, 'reason', 'reason_code')
  call('HINCRBY', 'gs:event:' .. event, 'open', 1)
  if call('HGET', 'gs:event:' .. event, 'state') == 'settled' then
    call('HSET', 'gs:event:' .. event, 'state', 'dispatched')
  end
  expire(event, false)
  queue(run, lane)
end

-- Creates the runs of a plan: a list of {id, rule, handler, rule_hash, lane, key, n, snapshot, latest, moment}.
-- A rule's new run waits for its earlier one for this event.
local function create_runs(event, plans)
  local key = 'gs:event:' .. event
  local ids, last = words(call('HGET', key, 'runs')), {}
  for _, run in ipairs(ids) do last[call('HGET', 'gs:run:' .. run, 'rule') or ''] = run end
  for _, plan in ipairs(plans) do
    local name = 'gs:run:' .. plan.id
    ids[#ids + 1] = plan.id
    call('SET', 'gs:rule:' .. plan.rule_hash, plan.snapshot, 'NX')
    call('HSET', name, 'event', event, 'rule', plan.rule, 'rule_hash', plan.rule_hash, 'n', plan.n,
      'lane', plan.lane, 'key', plan.key, 'state', 'queued', 'created', t, 'attempt', 0)
    if plan.handler ~= plan.rule then call('HSET', name, 'handler', plan.handler) end
    if last[plan.rule] then call('HSET', name, 'after', last[plan.rule]) end
    if plan.latest ~= '' then
      call('HSET', name, 'latest', plan.rule .. ':' .. plan.latest, 'moment', plan.moment)
      if plan.believed then point(plan.id) end
    end
    queue(plan.id, plan.lane, 1)
  end
  note(key, 'runs', table.concat(ids, ' '))
  call('HINCRBY', key, 'open', #plans)
  call('HINCRBY', key, 'round', 1)
  return #ids
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

-- A lane's workers, as the supervisors of all hosts present them; 0 where nobody does.
local function workers_of(lane)
  local sum = 0
  for _, member in ipairs(call('ZRANGEBYSCORE', 'gs:crew:' .. lane, t, '+inf')) do
    sum = sum + tonumber(member:match('=(%d+)$'))
  end
  return sum
end

local function under_way(lane, rule) return call('SCARD', 'gs:running:' .. lane .. ':' .. rule) end
local function cooling(lane, rule) return call('EXISTS', 'gs:cooling:' .. lane .. ':' .. rule) == 1 end

-- Whether anything else of a lane could go on now: queued, or put aside by a rule that has not got its part.
local function others_wait(lane, rule, part)
  if call('ZCARD', 'gs:queued:' .. lane) > tonumber(call('HGET', 'gs:load:' .. lane, rule) or 0) then return true end
  for _, other in ipairs(call('SMEMBERS', 'gs:aside:' .. lane)) do
    local waits = other ~= rule and call('EXISTS', 'gs:held:quota:' .. lane .. ':' .. other) == 1
    if waits and under_way(lane, other) < part and not cooling(lane, other) then return true end
  end
  return false
end

-- A rule keeps to a quarter of its lane's workers while others wait, and for a while after a run of it had to be
-- killed for its time or memory; without that, it would fill the lane as soon as nobody waits. After each run that
-- ended its worker it has a second off: a worker that starts anew costs more than most runs.
local function over_quota(lane, rule)
  if call('HLEN', 'gs:rules') < 2 then return false end
  if cooling(lane, rule) then return true end
  local busy = under_way(lane, rule)
  if busy == 0 then return false end
  local workers = workers_of(lane)
  local part = math.max(1, math.floor(workers / 4))
  if workers == 0 or busy < part then return false end
  return call('EXISTS', 'gs:struck:' .. rule) == 1 or others_wait(lane, rule, part)
end

local OPEN = { queued = true, running = true, waiting = true }

-- Notes which run `newer` has superseded: the newest one, which in turn keeps the next.
local function supersede(newer, run)
  local other = call('HGET', 'gs:run:' .. newer, 'over')
  local function moment(id) return tonumber(id and call('HGET', 'gs:run:' .. id, 'moment') or 0) end
  if moment(other) > moment(run) then other, run = run, other end
  call('HSET', 'gs:run:' .. newer, 'over', run)
  if other and moment(other) >= moment(call('HGET', 'gs:run:' .. run, 'over')) then
    call('HSET', 'gs:run:' .. run, 'over', other)
  end
end

-- Of one object only the newest state may count (`latest`): an older run that has not acted yet is skipped.
local function superseded(run)
  local latest, moment, effects = unpack(call('HMGET', 'gs:run:' .. run, 'latest', 'moment', 'effects'))
  if not latest or effects then return false end
  for _, newer in ipairs(call('ZREVRANGEBYSCORE', 'gs:newest:' .. latest, '+inf', '(' .. moment)) do
    local state = call('HGET', 'gs:run:' .. newer, 'state')
    if state and state ~= 'cancelled' and state ~= 'skipped' then
      supersede(newer, run)
      call('HSET', 'gs:run:' .. run, 'reason_code', 'superseded')
      rest(run, 'skipped', 'superseded: ' .. newer .. ' is about a later state of the same object')
      return true
    end
  end
  return false
end

-- Moves a queued run to running under `token`; false when it had to be put aside (paused, over its quota, key
-- held, an earlier run of its rule for this event still open) or is superseded.
local function claim(run, token, worker, lease)
  local name = 'gs:run:' .. run
  local rule, lane, key, ticket, after = unpack(call('HMGET', name, 'rule', 'lane', 'key', 'ticket', 'after'))
  if superseded(run) then
    wake(key)
    return false
  end
  if after and OPEN[call('HGET', 'gs:run:' .. after, 'state') or ''] then
    call('HSET', name, 'state', 'waiting', 'due', t + 5000, 'reason', 'an earlier run of its rule is open: ' .. after)
    put(run, 'attention', t + 5000)
    wake(key)
    return false
  end
  if paused(rule) then
    put(run, 'held:pause:' .. rule, tonumber(ticket))
    wake(key)
    return false
  end
  if over_quota(lane, rule) then
    put(run, 'held:quota:' .. lane .. ':' .. rule, tonumber(ticket))
    call('SADD', 'gs:aside:' .. lane, rule)
    wake(key)
    return false
  end
  if key ~= '' then
    if call('EXISTS', 'gs:holder:' .. key) == 1 then
      -- Who was woken and came too late has its place again.
      local place = call('HGET', name, 'place') or (lane == 'live' and 0 or 2 ^ 50) + tonumber(ticket)
      call('HSET', name, 'place', place)
      put(run, 'held:key:' .. key, place)
      return false
    end
    call('SET', 'gs:holder:' .. key, run .. ' ' .. token)
    call('HDEL', name, 'place')
  end
  put(run, 'attention', t + lease)
  call('HSET', name, 'state', 'running', 'token', token, 'worker', worker, 'started', t)
  call('HINCRBY', name, 'attempt', 1)
  call('SADD', 'gs:running:' .. lane .. ':' .. rule, run)
  return true
end

-- The end of a claim frees its key and its part of the quota.
local function unlock(run, token)
  local key, lane, rule = unpack(call('HMGET', 'gs:run:' .. run, 'key', 'lane', 'rule'))
  call('SREM', 'gs:running:' .. lane .. ':' .. rule, run)
  if key ~= '' and call('GET', 'gs:holder:' .. key) == run .. ' ' .. token then
    call('DEL', 'gs:holder:' .. key)
  end
  return key
end

-- Lets runs that their rule's quota had put aside go on, as many as may; returns how many.
local function release_aside(lane, rule)
  local list, released = 'gs:held:quota:' .. lane .. ':' .. rule, 0
  for _, run in ipairs(call('ZRANGE', list, 0, math.max(0, workers_of(lane) - 1))) do
    if over_quota(lane, rule) then break end
    queue(run, lane)
    released = released + 1
  end
  if call('EXISTS', list) == 0 then call('SREM', 'gs:aside:' .. lane, rule) end
  return released
end

local function is_current(run, token)
  local state, current = unpack(call('HMGET', 'gs:run:' .. run, 'state', 'token'))
  return state == 'running' and current == token
end

-- The variant of an event that is acted on and the body that handlers see: once the API has confirmed that
-- variant, its own object (`confirmed` names the field), else what was delivered.
local function seen(event)
  local variant, confirmed = unpack(call('HMGET', 'gs:event:' .. event, 'variant', 'confirmed'))
  local name = confirmed == 'c:' .. variant and confirmed or variant
  return variant, call('HGET', 'gs:body:' .. event, name) or ''
end

-- What a worker needs to carry a run out: the run, its event, the body it shall see, the rule.
local function handed(run)
  local fields = call('HGETALL', 'gs:run:' .. run)
  local event, rule = unpack(call('HMGET', 'gs:run:' .. run, 'event', 'rule_hash'))
  local variant, body = seen(event)
  call('HSET', 'gs:run:' .. run, 'variant', variant)
  return { 'run', run, fields, call('HGETALL', 'gs:event:' .. event),
    body, call('GET', 'gs:rule:' .. rule) or '', t }
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

-- Of the runs that a quota had put aside, the first that may go on: of the rule with the fewest runs under way.
-- They are older than what the list holds.
local function take_aside(lane, token, worker, lease)
  local rules, busy = call('SMEMBERS', 'gs:aside:' .. lane), {}
  for _, rule in ipairs(rules) do busy[rule] = under_way(lane, rule) end
  table.sort(rules, function(one, other) return busy[one] < busy[other] end)
  for _, rule in ipairs(rules) do
    for _ = 1, 20 do
      local run = not over_quota(lane, rule) and call('ZRANGE', 'gs:held:quota:' .. lane .. ':' .. rule, 0, 0)[1]
      if not run then break end
      if claim(run, token, worker, lease) then return handed(run) end
    end
    if call('EXISTS', 'gs:held:quota:' .. lane .. ':' .. rule) == 0 then call('SREM', 'gs:aside:' .. lane, rule) end
  end
end

-- Pops a lane's hints until one leads to work, which is claimed in the same step.
-- Returns the work or nil, and the entries that were not ours.
local function take(lane, token, worker, lease)
  local foreign = {}
  local work = take_aside(lane, token, worker, lease)
  -- Most hints lead to work; a run of stale ones costs at most this many pops per call.
  for _ = 1, 20 do
    local hint = not work and call('LPOP', 'rq:queue:gigstack-' .. lane)
    if not hint then break end
    work = look_at(hint, token, worker, lease, foreign)
  end
  return work or take_aside(lane, token, worker, lease), foreign
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
