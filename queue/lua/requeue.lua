-- requeue: a dead or scheduled job becomes ready now, with a fresh history.
--   KEYS[1] job  [2] try  [3] dead  [4] later:<queue>  [5] ready list  [6] wake:<queue>  [7] meta
--   ARGV[1] id  [2] member of later
-- Returns 'dead' or 'scheduled' (where it was), or 0 if it is neither.
local call = redis.call
local id = ARGV[1]
local size = call('HSTRLEN', KEYS[1], id)
if size == 0 then return 0 end
local from = 0
if call('ZSCORE', KEYS[3], id) then from = 'dead'
elseif call('ZSCORE', KEYS[4], ARGV[2]) then from = 'scheduled' end
if from == 0 then return 0 end
call('LPUSH', KEYS[5], id)
call('ZADD', KEYS[6], 0, 'w')
if from == 'dead' then
  call('ZREM', KEYS[3], id)
  call('HINCRBY', KEYS[7], 'dead_bytes', -size)
else
  call('ZREM', KEYS[4], ARGV[2])
end
call('HDEL', KEYS[2], id)
return from
