-- Takes the next due work of a lane: pops a hint and claims what it points to, in one step.
-- ARGV: 1 lane, 2 job id ('' = pop one), 3 token, 4 worker, 5 lease (ms)
-- Reply: {foreign job ids, nil} when there is nothing, {foreign, {'event', id, fields, body, t}} or
--        {foreign, {'run', id, run fields, event fields, body, rule, t}}
local lane, job, token, worker, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local list = 'rq:queue:gigstack-' .. lane
local foreign = {}

local function look(hint)
  local id, generation = hint:match('^([er][a-z2-7]+)%-(%d+)%-%d+$')
  if not id or #id ~= 26 or call('EXISTS', key_of(id)) == 0 then
    foreign[#foreign + 1] = hint
    return nil
  end
  call('DEL', 'rq:job:' .. hint)
  local state, current = unpack(call('HMGET', key_of(id), 'state', 'gen'))
  if current ~= generation then return nil end
  if state == 'accepted' then
    put(id, 'attention', t + lease)
    call('HINCRBY', key_of(id), 'gen', 1) -- the same hint again is stale
    local variant = call('HGET', key_of(id), 'variant')
    return { 'event', id, call('HGETALL', key_of(id)), call('HGET', 'gs:body:' .. id, variant) or '', t }
  end
  if state == 'queued' and claim(id, token, worker, lease) then return handed(id) end
  return nil
end

local found
if job ~= '' then
  call('LREM', list .. ':intermediate', 1, job)
  found = look(job)
else
  -- Most hints lead to work; a run of stale ones costs at most this many pops per call.
  for _ = 1, 20 do
    job = call('LPOP', list)
    if not job then break end
    found = look(job)
    if found then break end
  end
end
push_hints()
return { foreign, found }
