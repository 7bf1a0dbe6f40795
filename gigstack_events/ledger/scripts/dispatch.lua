-- Creates all runs of an event at once. May be repeated freely: only an accepted event is dispatched.
-- ARGV: 1 token, 2 worker, 3 lease (ms), 4 lane to take the next work from ('' = none),
--       5 event id, 6 generation, 7 JSON list of {id, rule, handler, rule_hash, lane, key, n, snapshot},
--       8 variant whose body was read, 9 that body packed, or ''
-- Reply: {foreign job ids, nil | work, number of runs or -1 when somebody else was first}
local id, generation, plans = ARGV[5], ARGV[6], cjson.decode(ARGV[7])
local key = 'gs:event:' .. id
local state, current, open = unpack(call('HMGET', key, 'state', 'gen', 'open'))
if state ~= 'accepted' or current ~= generation then return answer(-1) end
put(id, nil)
local bodies = 'gs:body:' .. id
if ARGV[9] ~= '' and call('HEXISTS', bodies, ARGV[8]) == 1 then
  -- A hash that was large once stays in its large form: where it holds nothing else it is written anew.
  if call('HLEN', bodies) == 1 then call('DEL', bodies) end
  call('HSET', bodies, ARGV[8], ARGV[9])
end
call('HINCRBY', key, 'round', 1)
local ids = words(call('HGET', key, 'runs'))
local last = {}
for _, run in ipairs(ids) do last[call('HGET', 'gs:run:' .. run, 'rule') or ''] = run end
for _, plan in ipairs(plans) do
  ids[#ids + 1] = plan.id
  call('SET', 'gs:rule:' .. plan.rule_hash, plan.snapshot, 'NX')
  call('HSET', 'gs:run:' .. plan.id, 'event', id, 'rule', plan.rule, 'rule_hash', plan.rule_hash, 'n', plan.n,
    'lane', plan.lane, 'key', plan.key, 'state', 'queued', 'created', t, 'attempt', 0)
  if plan.handler ~= plan.rule then call('HSET', 'gs:run:' .. plan.id, 'handler', plan.handler) end
  if last[plan.rule] then call('HSET', 'gs:run:' .. plan.id, 'after', last[plan.rule]) end
  queue(plan.id, plan.lane, 1)
end
call('HSET', key, 'state', 'dispatched', 'open', tonumber(open or 0) + #plans)
if #ids == 0 then call('HSET', key, 'reason', 'unmatched') else call('HSET', key, 'runs', table.concat(ids, ' ')) end
settle_if_done(id)
return answer(#plans)
