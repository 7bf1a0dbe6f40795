-- Opens a failed, parked or skipped run again; its counts of failures, crashes and lost leases start anew.
-- ARGV: 1 run, 2 who says so
-- Reply: '' when it is queued now, else the state it stays in (or 'unknown' when there is no such run)
local run, by = unpack(ARGV)
local key = 'gs:run:' .. run
local state = call('HGET', key, 'state')
if not state then return 'unknown' end
if state ~= 'failed' and state ~= 'parked' and state ~= 'skipped' then return state end
call('HDEL', key, 'failures', 'crashes', 'lost', 'latest') -- a person wants it: no newer state of its object supersedes it
by_hand(key, 'let go again' .. it_was(key), by)
reopen(run)
push_hints()
return ''
