-- Brings events that schema 1 wrote into the form of now: bodies packed, no field that says the usual, the alias under its
-- new name, effects that last as long as what leans on them. What has another form already stays as it is.
-- ARGV: for each event: id, its alias's name of before and of now, number of bodies, then variant and packed body of each
-- Reply: how many events were of the old form
local EVENT = { type = '', mode = '', team = '', object = '', created = '', reason = '', runs = '', seen = '1', source = 'body' }
local RUN = { reason = '', reason_code = '', error = '', failures = '0' }
begin()

local function drop(key, usual)
  for field, value in pairs(usual) do
    if call('HGET', key, field) == value then call('HDEL', key, field) end
  end
end

-- A hash that was large once stays in its large form: it is written anew.
local function pack(bodies, packed)
  local kept, life = call('HGETALL', bodies), call('PTTL', bodies)
  for i = 1, #kept, 2 do
    local body = packed[kept[i]]
    if body and kept[i + 1]:byte() ~= 1 then kept[i + 1] = body end
  end
  if #kept == 0 then return end
  call('DEL', bodies)
  call('HSET', bodies, unpack(kept))
  if life > 0 then call('PEXPIRE', bodies, life) end
end

local function rename(before, now)
  local function rank(name) return tonumber(call('HGET', 'gs:event:' .. (call('GET', name) or ''), 'rank') or -1) end
  if call('EXISTS', before) == 0 then return end
  if rank(now) > rank(before) then call('DEL', before) else call('RENAME', before, now) end
end

local function lengthen(effect, life)
  local left = call('PTTL', effect)
  if left < 0 then return end
  if life < 0 then call('PERSIST', effect) elseif left < life then call('PEXPIRE', effect, life) end
end

local place, changed = 1, 0
while ARGV[place] do
  local id, before, now, count = unpack(ARGV, place, place + 3)
  local key, packed = 'gs:event:' .. id, {}
  for i = place + 4, place + 2 + 2 * count, 2 do packed[ARGV[i]] = ARGV[i + 1] end
  place = place + 4 + 2 * count
  local state, trust, runs, confirmed = unpack(call('HMGET', key, 'state', 'trust', 'runs', 'confirmed'))
  if trust then
    changed = changed + 1
    pack('gs:body:' .. id, packed)
    rename('gs:alias:' .. before, 'gs:alias:' .. now)
    drop(key, EVENT)
    if confirmed and confirmed:sub(1, 2) ~= 'c:' then call('HDEL', key, 'confirmed') end
    if state == 'settled' then call('HDEL', key, 'nonce') end
    local life = call('PTTL', key)
    for _, run in ipairs(words(runs)) do
      local name = 'gs:run:' .. run
      local rule, handler, effects = unpack(call('HMGET', name, 'rule', 'handler', 'effects'))
      drop(name, RUN)
      if handler == rule then call('HDEL', name, 'handler') end
      for _, effect in ipairs(words(effects)) do
        call('HDEL', 'gs:effect:' .. effect, 'event')
        lengthen('gs:effect:' .. effect, life)
      end
    end
    call('HDEL', key, 'trust')
  end
end
return changed
