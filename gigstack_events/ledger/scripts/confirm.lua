-- Keeps the event as the API confirmed it, for the variant that a claim saw: the body that handlers see from now on.
-- ARGV: 1 run, 2 token, 3 variant, 4 trust rank the claim saw, 5 body with the API's object
-- Reply: stale | kept | other (another delivery is acted on by now, and needs its own confirmation)
local run, token, variant, rank, body = unpack(ARGV)
if not is_current(run, token) then return 'stale' end
local event = call('HGET', 'gs:run:' .. run, 'event')
local key, bodies, name = 'gs:event:' .. event, 'gs:body:' .. event, 'c:' .. variant
local current, current_rank, confirmed = unpack(call('HMGET', key, 'variant', 'rank', 'confirmed'))
if current ~= variant or current_rank ~= rank then return 'other' end
for _, each in ipairs(words(call('HGET', key, 'runs'))) do point(each) end
if confirmed == name then return 'kept' end -- another run was first
if (confirmed or ''):sub(1, 2) == 'c:' then call('HDEL', bodies, confirmed) end
call('HSET', bodies, name, body)
call('HSET', key, 'confirmed', name)
return 'kept'
