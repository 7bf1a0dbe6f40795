-- Creates all runs of an event at once. May be repeated freely: only an accepted event is dispatched.
-- ARGV: 1 token, 2 worker, 3 lease (ms), 4 lane to take the next work from ('' = none),
--       5 event id, 6 generation, 7 JSON list of runs to create (see create_runs),
--       8 variant whose body was read, 9 that body packed, or ''
-- Reply: {foreign job ids, nil | work, number of runs or -1 when somebody else was first}
local id, generation, plans = ARGV[5], ARGV[6], cjson.decode(ARGV[7])
local key = 'gs:event:' .. id
local state, current = unpack(call('HMGET', key, 'state', 'gen'))
if state ~= 'accepted' or current ~= generation then return answer(-1) end
put(id, nil)
local bodies = 'gs:body:' .. id
if ARGV[9] ~= '' and call('HEXISTS', bodies, ARGV[8]) == 1 then
  -- A hash that was large once stays in its large form: where it holds nothing else it is written anew.
  if call('HLEN', bodies) == 1 then call('DEL', bodies) end
  call('HSET', bodies, ARGV[8], ARGV[9])
end
call('HSET', key, 'state', 'dispatched')
call('HDEL', key, 'lost')
if create_runs(id, plans) == 0 then call('HSET', key, 'reason', 'unmatched') end
settle_if_done(id)
return answer(#plans)
