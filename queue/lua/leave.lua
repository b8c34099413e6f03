-- leave: a worker that has drained gives its lease up; refused while it still owns something.
--   KEYS[1] workers  [2] own:<worker>  [3] intake:<worker>
--   ARGV[1] worker
-- Returns 1 if it left, 0 if jobs or envelopes are still its own (its lease then simply ends).
local call = redis.call
if call('SCARD', KEYS[2]) > 0 or call('LLEN', KEYS[3]) > 0 then return 0 end
call('ZREM', KEYS[1], ARGV[1])
return 1
