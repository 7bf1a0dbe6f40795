-- Ends one claim and hands its key on.
-- ARGV: 1 token, 2 worker, 3 lease (ms) for the next claim, 4 lane to take it from ('' = none), 5 '1' = the key's waiter first,
--       6 run, 7 its token, 8 outcome (done | skipped | failed | cancelled | parked | waiting | handed_back | crashed), 9 reason,
--       10 reason code, 11 result (JSON), 12 error, 13 delay (ms), 14 failures to add, 15 trust rank the claim saw, 16 crash bound,
--       17 '=KEY' to serialise on another key from now on, or ''
-- Reply: {foreign job ids, nil | work, state reached or 'stale'}
local run, token, outcome, reason, code, result, problem = unpack(ARGV, 6, 12)
local delay, failures, rank, bound = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16])
if not is_current(run, token) then return answer('stale') end
record()
local name = 'gs:run:' .. run
local event, lane, rule = unpack(call('HMGET', name, 'event', 'lane', 'rule'))
local key = unlock(run, token)
if ({ done = 1, failed = 1, skipped = 1, cancelled = 1 })[outcome] then -- no end hides an act of unknown outcome
  for _, id in ipairs(words(call('HGET', name, 'effects'))) do
    local state, owner, act, harmless = unpack(call('HMGET', 'gs:effect:' .. id, 'state', 'run', 'name', 'harmless'))
    if state == 'started' and owner == run and not harmless then
      outcome, code = 'parked', 'parked'
      reason = (reason == '' and '' or reason .. '; ') .. 'nobody knows whether ' .. act .. ' happened: look, then say it with `runs resolve`'
      break
    end
  end
end
local overran = code == 'timeout' or code == 'memory'
if overran then call('SET', 'gs:struck:' .. rule, 1, 'EX', 600) end
if overran or outcome == 'crashed' then call('SET', 'gs:cooling:' .. lane .. ':' .. rule, 1, 'PX', 1000) end
call('HSET', name, 'took', t - tonumber(call('HGET', name, 'started')))
note(name, 'reason', reason)
note(name, 'reason_code', code)
note(name, 'error', problem)
if failures > 0 then call('HINCRBY', name, 'failures', failures) end
if result ~= '' then call('HSET', name, 'result', result) end

if outcome == 'crashed' then
  local crashes = call('HINCRBY', name, 'crashes', 1)
  if crashes >= bound then
    outcome, code = 'parked', 'poison'
    reason = reason .. ' (' .. crashes .. ' x in a row); see the log before you retry it'
    call('HSET', name, 'reason_code', code)
  else
    outcome = 'queued'
  end
elseif outcome ~= 'handed_back' then
  call('HDEL', name, 'lost')
  if code ~= 'unknown' and code ~= 'redis' then call('HDEL', name, 'crashes') end -- to wait for a check is no progress
end
if ARGV[17] ~= '' then call('HSET', name, 'key', ARGV[17]:sub(2)) end
if outcome == 'handed_back' then
  call('HINCRBY', name, 'attempt', -1)
  outcome = 'queued'
end
if (outcome == 'skipped' or outcome == 'waiting') and (code == 'trust' or code == 'moved_on') then
  local risen, of_event = unpack(call('HMGET', 'gs:event:' .. event, 'rank', 'state'))
  if tonumber(risen) > rank and of_event ~= 'parked' then outcome = 'queued' end -- a stronger delivery arrived meanwhile
end

if outcome == 'queued' then
  call('HSET', name, 'state', 'queued')
  call('HDEL', name, 'token')
  queue(run, lane)
elseif outcome == 'waiting' then
  call('HSET', name, 'state', 'waiting', 'due', t + delay)
  call('HDEL', name, 'token')
  put(run, 'attention', t + delay)
else
  rest(run, outcome, reason)
end

local work
if key ~= '' then
  local waiter = ARGV[5] == '1' and not over_quota(lane, rule) and call('ZRANGE', 'gs:held:key:' .. key, 0, 0)[1]
  if waiter and claim(waiter, ARGV[1], ARGV[2], tonumber(ARGV[3])) then
    work = handed(waiter)
  else
    wake(key)
  end
end
if ARGV[4] == '' then release_aside(lane, rule) end -- who takes the next work looks at them by itself
return answer(outcome, work)
