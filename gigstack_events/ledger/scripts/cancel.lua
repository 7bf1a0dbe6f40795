-- Takes a run out for good, because a person says so. What it has done stands; nothing is undone.
-- ARGV: 1 run, 2 who says so
-- Reply: '' when it is cancelled, else the state it stays in (or 'unknown' when there is no such run)
local run, by = unpack(ARGV)
local name = 'gs:run:' .. run
local state, key, event = unpack(call('HMGET', name, 'state', 'key', 'event'))
if not state then return 'unknown' end
local reason, before = 'cancelled by a person', it_was(name)
if state == 'queued' or state == 'waiting' then
  record()
  call('HSET', name, 'reason_code', 'cancelled')
  rest(run, 'cancelled', reason)
  wake(key)
elseif state == 'parked' or state == 'failed' then
  record()
  call('HSET', name, 'state', 'cancelled', 'reason', reason, 'reason_code', 'cancelled', 'ended', t)
  call('ZREM', 'gs:stuck', run)
  withdraw(run)
  if call('HGET', 'gs:event:' .. event, 'state') == 'settled' then expire(event, true) end
else
  return state
end
by_hand(name, 'cancelled' .. before, by)
push_hints()
return ''
