-- Takes the next due work of a lane, or what one RQ job points to.
-- ARGV: 1 token, 2 worker, 3 lease (ms), 4 lane, 5 job id ('' = pop one)
-- Reply: {foreign job ids, nil | work}; work is {'event', id, fields, body, t} or
--        {'run', id, run fields, event fields, body, rule, t}
local token, worker, lease, lane, job = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local work, foreign
if call('EXISTS', 'rq:queue:gigstack-' .. lane, 'gs:aside:' .. lane) > 0 then begin() end
if job ~= '' then
  foreign = {}
  call('LREM', 'rq:queue:gigstack-' .. lane .. ':intermediate', 1, job)
  work = look_at(job, token, worker, lease, foreign)
else
  work, foreign = take(lane, token, worker, lease)
end
push_hints()
return { foreign, work }
