-- Tells what became of a message: `told`, or `back` where it certainly was not sent, so that its entries wait.
-- ARGV: 1 group, 2 message, 3 the entry that sent it, 4 'told' or 'back', 5 how long to keep what was told (ms)
-- Reply: 1, or 0 where somebody else has ended it or is at it, or where it may have been sent before
local group, message, entry, word, keep = unpack(ARGV)
local base = 'gs:notices:' .. group
local sender = call('HGET', base .. ':out', message)
local doubt = call('HEXISTS', base .. ':out', 'doubt:' .. message) == 1
-- What may have arrived an earlier time keeps its turn, however certainly it did not arrive now.
if not sender or word == 'back' and (sender ~= entry or doubt) then return 0 end
record()
local list = base .. ':m:' .. message
local ids = call('LRANGE', list, 0, -1)
for place, id in ipairs(ids) do
  if word == 'told' then
    call('SET', base .. ':e:' .. id, 'told', 'PX', keep)
    call('HDEL', base .. ':lines', id)
  else
    call('DEL', base .. ':e:' .. id)
    call('ZADD', base .. ':waiting', t - #ids + place, id)
  end
end
if word == 'told' then
  call('ZADD', base .. ':given', t, message)
else
  call('ZREM', base .. ':given', message)
end
call('HDEL', base .. ':out', message, 'doubt:' .. message)
call('DEL', list)
for _, name in ipairs({ ':waiting', ':given' }) do call('PEXPIRE', base .. name, keep) end
return 1
