-- Creates all runs of an event at once. May be repeated freely: only an accepted event is dispatched.
-- ARGV: 1 token, 2 worker, 3 lease (ms), 4 lane to take the next work from ('' = none),
--       5 event id, 6 generation, 7 JSON list of runs to create (see create_runs)
-- Reply: {foreign job ids, nil | work, number of runs or -1 when somebody else was first}
local id, generation, plans = ARGV[5], ARGV[6], cjson.decode(ARGV[7])
local key = 'gs:event:' .. id
local state, current = unpack(call('HMGET', key, 'state', 'gen'))
if state ~= 'accepted' or current ~= generation then return answer(-1) end
put(id, nil)
call('HSET', key, 'state', 'dispatched')
if create_runs(id, plans) == 0 then call('HSET', key, 'reason', 'unmatched') end
settle_if_done(id)
return answer(#plans)
