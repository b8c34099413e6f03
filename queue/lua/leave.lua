-- leave: a worker that has drained lets its lease end soon. Not at once: its blocked BLMOVE may still be served by a
-- server that has not seen the socket close; whoever recovers the name afterwards finds what that left behind.
--   KEYS[1] workers  [2] own:<worker>
--   ARGV[1] worker  ARGV[2] ms until the lease ends
-- Returns how many jobs it still owns.
local call = redis.call
local t = call('TIME')
call('ZADD', KEYS[1], 'XX', t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[2]), ARGV[1])
return call('SCARD', KEYS[2])
