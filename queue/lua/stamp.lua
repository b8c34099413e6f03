-- stamp: give envelopes that came without an id one that survives a replay, by writing it in front of them.
--   KEYS[1] intake:<worker>
--   ARGV, in pairs: place counted from the oldest (1 = oldest), the new text (`#<id>\n` and the old text)
-- Returns how many were stamped.
local call = redis.call
for i = 1, #ARGV, 2 do
  call('LSET', KEYS[1], -tonumber(ARGV[i]), ARGV[i + 1])
end
return #ARGV / 2
