-- Notices that this is not the server that it was: a failover, a restore or a restart may have lost the last writes.
-- A ledger without a mark is new, and its first epoch is its oldest event: what is older may have been here once.
-- Reply: 'replica' (this server takes no writes) | '' (still the same) | the new epoch (ms)
local facts = call('INFO', 'replication')
if not facts:find('role:master', 1, true) then return 'replica' end
local replid, known = facts:match('master_replid:(%x+)'), call('GET', 'gs:replid')
if replid == known then return '' end
record()
local oldest = not known and call('ZRANGE', 'gs:events', 0, 0, 'WITHSCORES')[2]
local epoch = oldest or t
call('SET', 'gs:replid', replid)
call('SET', 'gs:epoch', epoch)
return tostring(epoch)
