-- Counts a lane's runs by rule anew: programs of two versions beside each other may have miscounted.
-- ARGV: 1 lane, 2 most queued runs to count; without a count, a longer queue counts as other rules' work until it is done
-- Reply: how many runs are queued
local lane, most = ARGV[1], tonumber(ARGV[2])
local load, waiting = 'gs:load:' .. lane, call('ZCARD', 'gs:queued:' .. lane)
begin()
call('DEL', load)
if waiting <= most then
  for _, id in ipairs(call('ZRANGE', 'gs:queued:' .. lane, 0, -1)) do
    local rule = call('HGET', key_of(id), 'rule')
    if rule then call('HINCRBY', load, rule, 1) end
  end
end
for _, rule in ipairs(call('HKEYS', 'gs:rules')) do
  local under_way = 'gs:running:' .. lane .. ':' .. rule
  for _, run in ipairs(call('SMEMBERS', under_way)) do
    if call('HGET', 'gs:run:' .. run, 'state') ~= 'running' then call('SREM', under_way, run) end
  end
end
return waiting
