-- Settles an effect of unknown outcome by a person's word, or corrects that it is done where a person said so; its
-- run goes on when no other outcome is unknown.
-- ARGV: 1 run, 2 effect id, 3 done | not_done, 4 result (JSON) or reason, 5 who says so
-- Reply: queued | more (other outcomes of this run are unknown) | unknown (no such run) | settled (the effect's
--        outcome is known) | busy (its act is under way) | the state of a run that waits for nobody
local run, id, outcome, said, by = unpack(ARGV)
local name, effect = 'gs:run:' .. run, 'gs:effect:' .. id
local state, effects = unpack(call('HMGET', name, 'state', 'effects'))
if not state then return 'unknown' end
if state ~= 'parked' and state ~= 'failed' and state ~= 'waiting' then return state end
local known, owner, token, act, on, resolved =
  unpack(call('HMGET', effect, 'state', 'run', 'token', 'name', 'on', 'resolved'))
if known ~= 'started' and not (known == 'done' and resolved) then return 'settled' end -- a person may correct a person
if is_current(owner, token) then return 'busy' end
call('HDEL', effect, 'token', 'answer', 'answered', 'doubts')
call('HSET', effect, 'state', outcome, outcome == 'done' and 'result' or 'reason', said, 'ended', t, 'resolved', 1)
if outcome == 'not_done' then call('HINCRBY', effect, 'refused', 1) end
if (on or '') ~= '' then act = act .. ' on ' .. on end
by_hand(name, 'said that ' .. act:sub(1, 500) .. (outcome == 'done' and ' happened' or ' did not happen'), by)
for _, other in ipairs(words(effects)) do
  if call('HGET', 'gs:effect:' .. other, 'state') == 'started' then return 'more' end
end
call('HDEL', name, 'failures', 'crashes', 'lost')
if state == 'waiting' then
  call('HSET', name, 'state', 'queued')
  call('HDEL', name, 'due', 'reason')
  queue(run, call('HGET', name, 'lane'))
else
  reopen(run)
end
push_hints()
return 'queued'
