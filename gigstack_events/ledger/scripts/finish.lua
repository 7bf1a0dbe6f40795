-- Ends one claim and hands its key on.
-- ARGV: 1 run, 2 token, 3 outcome (done | skipped | failed | parked | waiting | handed_back | crashed), 4 reason, 5 reason code,
--       6 result (JSON), 7 error, 8 delay (ms), 9 failures to add, 10 trust rank the claim saw, 11 crash bound,
--       12 token for the key's next waiter ('' = only hint it), 13 worker, 14 lease (ms)
-- Reply: {'stale'} or {'ok', state, nil | handed run}
local run, token, outcome, reason, code, result, problem = unpack(ARGV, 1, 7)
local delay, failures, rank, bound = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
if not is_current(run, token) then return { 'stale' } end
local name = 'gs:run:' .. run
local event, lane = unpack(call('HMGET', name, 'event', 'lane'))
local key = unlock(run, token)
call('HSET', name, 'reason', reason, 'reason_code', code, 'error', problem, 'took', t - tonumber(call('HGET', name, 'started')))
call('HINCRBY', name, 'failures', failures)
if result ~= '' then call('HSET', name, 'result', result) end

if outcome == 'crashed' then
  if call('HINCRBY', name, 'crashes', 1) >= bound then
    outcome, code = 'parked', 'poison'
    call('HSET', name, 'reason_code', code)
  else
    outcome = 'queued'
  end
else
  call('HDEL', name, 'crashes')
end
if outcome == 'handed_back' then
  call('HINCRBY', name, 'attempt', -1)
  outcome = 'queued'
end
if outcome == 'skipped' and code == 'trust' and tonumber(call('HGET', 'gs:event:' .. event, 'rank')) > rank then
  outcome = 'queued' -- a stronger delivery arrived while this claim was looking
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

local nextrun
if key ~= '' then
  local waiter = ARGV[12] ~= '' and call('ZRANGE', 'gs:held:key:' .. key, 0, 0)[1]
  if waiter and claim(waiter, ARGV[12], ARGV[13], tonumber(ARGV[14])) then
    nextrun = handed(waiter)
  else
    wake(key)
  end
end
push_hints()
return { 'ok', outcome, nextrun }
