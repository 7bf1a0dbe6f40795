-- Settles an unknown outcome by the answers of `check`: the same one twice, some time apart, and not too early.
-- ARGV: 1 run, 2 token, 3 effect id, 4 happened | did_not_happen, 5 result (JSON), 6 delay after start (ms), 7 apart (ms)
-- Reply: {'stale'} | {'wait', ms} | {'done', result} | {'not_done'}
local run, token, id, answer, result = unpack(ARGV, 1, 5)
local delay, apart = tonumber(ARGV[6]), tonumber(ARGV[7])
local key = 'gs:effect:' .. id
if not is_current(run, token) then return { 'stale' } end
local state, started, before, answered = unpack(call('HMGET', key, 'state', 'started', 'answer', 'answered'))
if state == 'done' then return { 'done', call('HGET', key, 'result') } end
if state ~= 'started' then return { 'not_done' } end
if t < started + delay then return { 'wait', started + delay - t } end
record()
if before ~= answer then
  call('HSET', key, 'answer', answer, 'answered', t)
  return { 'wait', apart }
end
if t < answered + apart then return { 'wait', answered + apart - t } end
call('HDEL', key, 'token', 'answer', 'answered')
call('HSET', key, 'looked', t)
if answer == 'happened' then
  call('HSET', key, 'state', 'done', 'result', result, 'ended', t, 'checked', 1)
  return { 'done', result }
end
call('HSET', key, 'state', 'not_done', 'reason', 'checked: it did not happen', 'ended', t)
call('HINCRBY', key, 'refused', 1)
call('HINCRBY', key, 'doubts', 1)
return { 'not_done' }
