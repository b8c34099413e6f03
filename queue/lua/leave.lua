-- leave: a worker that has drained gives up its lease, unless it still owns jobs: those are for others to recover when
-- the lease ends by itself.
--   KEYS[1] workers  [2] own:<worker>
--   ARGV[1] worker
-- Returns how many jobs it still owns.
local call = redis.call
local owned = call('SCARD', KEYS[2])
if owned == 0 then call('ZREM', KEYS[1], ARGV[1]) end
return owned
