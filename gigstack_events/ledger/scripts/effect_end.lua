-- Records what became of an act.
-- ARGV: 1 run, 2 token, 3 effect id, 4 done | not_done, 5 result (JSON) or reason
-- Reply: stale | ok
local run, token, id, state, result = unpack(ARGV)
local key = 'gs:effect:' .. id
local before, owner = unpack(call('HMGET', key, 'state', 'token'))
if not is_current(run, token) or owner ~= token then return 'stale' end
if before == state then return 'ok' end -- told again: the first answer was lost
if before ~= 'started' then return 'stale' end
record()
call('HSET', key, 'state', state, 'ended', t)
if state == 'done' then
  call('HSET', key, 'result', result)
  call('HDEL', 'gs:run:' .. run, 'crashes') -- progress: the next death starts a new count
else
  call('HSET', key, 'reason', result)
  call('HINCRBY', key, 'refused', 1)
end
return 'ok'
