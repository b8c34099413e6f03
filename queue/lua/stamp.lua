-- stamp: give envelopes that came without an id one that survives a replay, by writing it in front of them.
--   KEYS[1] in  [2] meta
--   ARGV[1] the `admitted` count the places belong to
--   then in pairs: place counted from the oldest (1 = oldest), the new text (`#<id>\n` and the old text)
-- Returns 1, or 0 if another worker has admitted since.
local call = redis.call
if (call('HGET', KEYS[2], 'admitted') or '0') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do
  call('LSET', KEYS[1], -tonumber(ARGV[i]), ARGV[i + 1])
end
return 1
