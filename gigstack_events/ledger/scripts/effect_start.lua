-- Asks to act. Nobody acts without the answer `go`.
-- ARGV: 1 run, 2 token, 3 effect id, 4 name, 5 on, 6 'harmless' where it may be repeated, 'again' to repeat it, or '',
--       7 since when its event exists (ms), where a `check` could tell whether the act took place, or '',
--       8 what that check said when it was asked because of an epoch: 'happened', 'did_not_happen' or '', 9 its result (JSON)
-- Reply: {'stale'} | {'go', idempotency key, how often its outcome was unknown} | {'done', result} | {'twice'} | {'busy'} |
--        {'unknown', started, now} | {'check'}: the last failover may have lost the record of this act | {'moved'}: run epoch.lua first
local run, token, id, name, on, harmless, since, answer, found = unpack(ARGV)
local again = harmless == 'again'
if not is_current(run, token) then return { 'stale' } end
local key = 'gs:effect:' .. id
local state, owner, owner_token, result, started, looked =
  unpack(call('HMGET', key, 'state', 'run', 'token', 'result', 'started', 'looked'))
-- The run leans on the record now, whoever made it: it lasts as long as all runs in `run` and `also` do.
local function lean()
  local name = 'gs:run:' .. run
  local effects, also = call('HGET', name, 'effects') or '', call('HGET', key, 'also') or ''
  call('PERSIST', key)
  if not effects:find(id, 1, true) then call('HSET', name, 'effects', effects == '' and id or effects .. ' ' .. id) end
  if not owner or owner == run or also:find(owner, 1, true) and also:find(run, 1, true) then return end
  local both = { owner, run }
  for _, other in ipairs(words(also)) do
    if other ~= owner and other ~= run and call('EXISTS', 'gs:run:' .. other) == 1 then both[#both + 1] = other end
  end
  call('HSET', key, 'also', table.concat(both, ' '))
end

if state == 'done' then
  lean()
  return { 'done', result }
end
if state == 'started' then
  if owner_token == token then return { 'twice' } end
  if owner ~= run and is_current(owner, owner_token) then return { 'busy' } end
end
local epoch = call('GET', 'gs:epoch') or '0'
if state ~= 'started' and since ~= '' and answer == '' then
  local replid = call('INFO', 'replication'):match('master_replid:(%x+)')
  if replid ~= call('GET', 'gs:replid') then return { 'moved' } end
  if tonumber(since) < tonumber(epoch) and tonumber(looked or 0) < tonumber(epoch) then return { 'check' } end
end
if state ~= 'started' or again then begin() end
lean()
if state == 'started' and not again then
  if t < tonumber(started) then -- the clock was put back: the wait begins anew
    started = t
    call('HSET', key, 'started', t)
    call('HDEL', key, 'answer', 'answered')
  end
  return { 'unknown', started, t }
end
if state == 'started' then call('HINCRBY', key, 'doubts', 1) end
note(key, 'harmless', harmless == '' and '' or '1')
call('HSET', key, 'state', 'started', 'name', name, 'on', on, 'run', run, 'token', token, 'started', t)
call('HDEL', key, 'answer', 'answered', 'ended', 'reason', 'checked', 'resolved')
if answer ~= '' then call('HSET', key, 'looked', t, 'epoch', epoch) end
if answer == 'happened' then
  call('HSET', key, 'state', 'done', 'result', found, 'ended', t, 'checked', 1)
  call('HDEL', key, 'token', 'started')
  return { 'done', found }
end
local tries, doubts = unpack(call('HMGET', key, 'refused', 'doubts'))
return { 'go', 'gigstack-' .. id .. '-' .. (tries or '0'), doubts or '0' }
