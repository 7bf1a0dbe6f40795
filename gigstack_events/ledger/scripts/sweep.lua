-- Takes up work whose time has come, whose lease is over or whose hint is lost. Cost is bounded by `limit`.
-- ARGV: 1 limit, 2 hint counts as lost after (ms), 3 lost-lease bound
-- Reply: {due, leases lost, hints lost, released, foreign job ids, 1 when there may be more}
local limit, lost_after, bound = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due, leases, lost, released, foreign = 0, 0, 0, 0, {}
record()

local entries = call('ZRANGEBYSCORE', 'gs:attention', '-inf', t, 'LIMIT', 0, limit)
for _, id in ipairs(entries) do
  local key = key_of(id)
  local state = call('HGET', key, 'state')
  if state == 'accepted' then
    leases = leases + 1
    if call('HINCRBY', key, 'lost', 1) >= bound then
      put(id, nil)
      call('HSET', key, 'state', 'parked', 'reason', bound .. ' workers vanished while they dispatched it; see the log')
      call('ZADD', 'gs:stuck', t, id)
    else
      queue(id, 'live')
    end
  elseif state == 'waiting' then
    due = due + 1
    call('HSET', key, 'state', 'queued')
    call('HDEL', key, 'due')
    queue(id, call('HGET', key, 'lane'))
  elseif state == 'running' then
    leases = leases + 1
    local token, lane, rule = unpack(call('HMGET', key, 'token', 'lane', 'rule'))
    local freed = unlock(id, token)
    release_aside(lane, rule)
    if call('HINCRBY', key, 'lost', 1) >= bound then
      call('HSET', key, 'reason_code', 'poison')
      rest(id, 'parked', 'its worker vanished ' .. bound .. ' times; see the log before you retry it')
    else
      call('HSET', key, 'state', 'queued', 'reason', 'its worker vanished')
      call('HDEL', key, 'token')
      queue(id, call('HGET', key, 'lane'))
    end
    wake(freed)
  else
    call('ZREM', 'gs:attention', id)
  end
end

for _, lane in ipairs(call('SMEMBERS', 'gs:lanes')) do
  local list = 'rq:queue:gigstack-' .. lane
  local head, ticket
  for _ = 1, 20 do
    head = call('LINDEX', list, 0)
    if not head then break end
    ticket = head:match('^[er][a-z2-7]+%-%d+%-(%d+)$')
    if ticket then break end
    foreign[#foreign + 1] = call('LPOP', list)
  end
  -- Whatever has an older ticket than the head was popped by somebody who never claimed it.
  local before = ticket and '(' .. ticket or (not head and '+inf' or '-inf')
  for _, id in ipairs(call('ZRANGEBYSCORE', 'gs:queued:' .. lane, '-inf', before, 'LIMIT', 0, limit)) do
    local generation, old, pushed = unpack(call('HMGET', key_of(id), 'gen', 'ticket', 'pushed'))
    if not generation then
      call('ZREM', 'gs:queued:' .. lane, id)
    elseif t >= tonumber(pushed) + lost_after then
      lost = lost + 1
      call('DEL', 'rq:job:' .. id .. '-' .. generation .. '-' .. old)
      queue(id, lane)
    end
  end
  call('DEL', list .. ':intermediate')
  for _, rule in ipairs(call('SMEMBERS', 'gs:aside:' .. lane)) do released = released + release_aside(lane, rule) end
  call('ZREMRANGEBYSCORE', 'gs:crew:' .. lane, '-inf', t)
end

-- What a pause held goes on once it is lifted. The rules of now are looked at in each pass, others in their turn below.
local function release_paused(rule)
  if paused(rule) or released >= limit then return end
  for _, id in ipairs(call('ZRANGE', 'gs:held:pause:' .. rule, 0, limit - released - 1)) do
    released = released + 1
    queue(id, call('HGET', key_of(id), 'lane'))
  end
end
for _, rule in ipairs(call('HKEYS', 'gs:rules')) do release_paused(rule) end

-- Held lists that nobody will release: their key has no live holder, or their rule is not paused any more.
local some = call('SRANDMEMBER', 'gs:held', 20)
table.sort(some) -- chance says which, not in which order
for _, name in ipairs(some) do
  local list = 'gs:held:' .. name
  if call('ZCARD', list) == 0 then
    call('SREM', 'gs:held', name)
  elseif name:sub(1, 6) == 'pause:' then
    release_paused(name:sub(7))
  elseif name:sub(1, 4) == 'key:' then
    local key = name:sub(5)
    local run, token = (call('GET', 'gs:holder:' .. key) or ''):match('^(%S+) (%S+)$')
    if not run or not is_current(run, token) then
      call('DEL', 'gs:holder:' .. key)
      released = released + 1
      wake(key)
    end
  end
end
-- What has expired leaves the list of events too. What is kept is passed over: a pass goes on where the last
-- one ended (`gs:trim`), and begins anew once it has come to events that are too young.
local start = tonumber(call('GET', 'gs:trim') or 0)
local place, through = start, true
local oldest = call('ZRANGE', 'gs:events', start, start + 99, 'WITHSCORES')
for i = 1, #oldest, 2 do
  if tonumber(oldest[i + 1]) > t - 400 * DAY * 1000 then break end
  if call('EXISTS', 'gs:event:' .. oldest[i]) == 1 then place = place + 1 else call('ZREM', 'gs:events', oldest[i]) end
  through = i < 199
end
if through then place = 0 end
if place ~= start then call('SET', 'gs:trim', place) end
push_hints()
local more = #entries == limit or lost >= limit or released >= limit
return { due, leases, lost, released, foreign, more and 1 or 0 }
