-- Runs rules again for an event that was dispatched before; effects on record are not repeated unless named.
-- ARGV: 1 event id, 2 round that the plan was made for, 3 JSON list of runs to create (see create_runs),
--       4 who says so, then the ids of effects to be done again
-- Reply: '' | 'unknown' | 'changed' (make a new plan) | 'no body' | the event's state when it cannot be replayed
local id, round, plans, by = ARGV[1], ARGV[2], cjson.decode(ARGV[3]), ARGV[4]
local key = 'gs:event:' .. id
local state, current, variant = unpack(call('HMGET', key, 'state', 'round', 'variant'))
if not state then return 'unknown' end
if state ~= 'settled' and state ~= 'dispatched' then return state end
if (current or '0') ~= round then return 'changed' end
if call('HEXISTS', 'gs:body:' .. id, variant) == 0 then return 'no body' end
for i = 5, #ARGV do
  local effect = 'gs:effect:' .. ARGV[i]
  if call('HGET', effect, 'state') ~= 'done' then return 'changed' end
end
for i = 5, #ARGV do
  local effect = 'gs:effect:' .. ARGV[i]
  call('HSET', effect, 'state', 'not_done', 'reason', 'to be done again, a person said', 'ended', t)
  call('HINCRBY', effect, 'refused', 1)
end
call('HSET', key, 'state', 'dispatched')
call('HDEL', key, 'reason')
create_runs(id, plans)
expire(id, false)
local rules = {}
for _, plan in ipairs(plans) do rules[#rules + 1] = plan.rule end
local again = #ARGV > 4 and '; to be done again: ' .. table.concat(ARGV, ' ', 5) or ''
by_hand(key, ('replayed for ' .. table.concat(rules, ', ') .. again):sub(1, 500), by)
push_hints()
return ''
