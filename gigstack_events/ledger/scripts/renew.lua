-- Extends the leases of running claims.
-- ARGV: 1 lease (ms), then run, token, run, token ...
-- Reply: list of 1 (renewed) or 0 (this claim is over), in the order asked
local lease, answer = tonumber(ARGV[1]), {}
record()
for i = 2, #ARGV, 2 do
  local good = is_current(ARGV[i], ARGV[i + 1])
  if good then call('ZADD', 'gs:attention', t + lease, ARGV[i]) end
  answer[#answer + 1] = good and 1 or 0
end
return answer
