-- Writes the hints of queued work anew, after RQ's keys were lost; the hints of before are stale.
-- ARGV: 1 lane, 2 limit, 3 last ticket to rebuild ('' = begin: drop the list, and reply with the last ticket)
-- Reply: {number rebuilt, last ticket}; call again with that ticket until the number is 0
local lane, limit, last = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if last == '' then
  last = call('GET', 'gs:ticket') or '0'
  call('DEL', 'rq:queue:gigstack-' .. lane, 'rq:queue:gigstack-' .. lane .. ':intermediate')
end
local found = call('ZRANGEBYSCORE', 'gs:queued:' .. lane, '-inf', last, 'LIMIT', 0, limit)
for _, id in ipairs(found) do
  local generation, ticket = unpack(call('HMGET', key_of(id), 'gen', 'ticket'))
  if generation then
    call('DEL', 'rq:job:' .. id .. '-' .. generation .. '-' .. (ticket or ''))
    queue(id, lane)
  else
    call('ZREM', 'gs:queued:' .. lane, id)
  end
end
push_hints()
return { #found, last }
