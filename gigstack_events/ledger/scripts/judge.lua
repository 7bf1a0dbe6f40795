-- A person's verdict on an event that was not dispatched: too old to know, or not readable.
-- ARGV: 1 event id, 2 release (dispatch it, parked ones only) | dismiss (leave it), 3 who says so
-- Reply: '' when that is done, else the state it stays in ('unknown' when there is no such event)
local id, verdict, by = unpack(ARGV)
local key = 'gs:event:' .. id
local state = call('HGET', key, 'state')
if not state then return 'unknown' end
if state ~= 'parked' and not (state == 'unreadable' and verdict == 'dismiss') then return state end
call('ZREM', 'gs:stuck', id)
call('HDEL', key, 'lost')
by_hand(key, (verdict == 'release' and 'released' or 'dismissed') .. it_was(key), by)
if verdict == 'release' then
  call('HSET', key, 'state', 'accepted', 'reason', 'released by a person')
  queue(id, 'live')
else
  call('HSET', key, 'state', 'dispatched', 'reason', 'dismissed by a person')
  call('HINCRBY', key, 'open', 0)
  settle_if_done(id)
end
push_hints()
return ''
