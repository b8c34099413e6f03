-- leave: a worker that has drained gives up its lease, unless it still owns jobs: those are for others to recover when
-- the lease ends by itself. It rings for its queues: while it drained it may have swallowed a ring, and it alone may have
-- known when a delayed job is due.
--   KEYS[1] workers  [2] own:<worker>  [3…] wake sets
--   ARGV[1] worker
-- Returns how many jobs it still owns.
local call = redis.call
for i = 3, #KEYS do call('ZADD', KEYS[i], 0, 'w') end
local owned = call('SCARD', KEYS[2])
if owned == 0 then call('ZREM', KEYS[1], ARGV[1]) end
return owned
