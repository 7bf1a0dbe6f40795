-- Asks to act. Nobody acts without the answer `go`.
-- ARGV: 1 run, 2 token, 3 effect id, 4 name, 5 on, 6 'again' to redo a harmless act whose outcome is unknown
-- Reply: {'stale'} | {'go', idempotency key} | {'done', result} | {'twice'} | {'busy'} | {'unknown', started, now}
local run, token, id, name, on, again = unpack(ARGV)
if not is_current(run, token) then return { 'stale' } end
local key = 'gs:effect:' .. id
local state, owner, owner_token, result, started = unpack(call('HMGET', key, 'state', 'run', 'token', 'result', 'started'))
if state == 'done' then return { 'done', result } end
if state == 'started' then
  if owner_token == token then return { 'twice' } end
  if owner ~= run and is_current(owner, owner_token) then return { 'busy' } end
end
local event, effects = unpack(call('HMGET', 'gs:run:' .. run, 'event', 'effects'))
if not (effects or ''):find(id, 1, true) then
  call('HSET', 'gs:run:' .. run, 'effects', (effects and effects .. ' ' or '') .. id)
end
if state == 'started' and again ~= 'again' then return { 'unknown', started, t } end
call('HSET', key, 'state', 'started', 'name', name, 'on', on, 'run', run, 'event', event, 'token', token, 'started', t)
call('HDEL', key, 'answer', 'answered')
call('PERSIST', key)
local tries = call('HGET', key, 'refused') or '0'
return { 'go', 'gigstack-' .. id .. '-' .. tries }
