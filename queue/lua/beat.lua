-- beat: renew (or take) this worker's lease and look around.
--   KEYS[1] workers  [2] lanes  [3] meta
--   ARGV[1] worker  [2] lease ms  [3] 1 = register, 0 = renew only  [4] epoch to set if there is none
-- Returns {1 if the lease is held, now ms, epoch, {workers whose lease has ended}, {members of lanes}}.
local call = redis.call
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local held = 1
if ARGV[3] == '1' or call('ZSCORE', KEYS[1], ARGV[1]) then
  call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
else
  held = 0
end
call('HSETNX', KEYS[3], 'epoch', ARGV[4])
local ended = call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 16)
return {held, now, call('HGET', KEYS[3], 'epoch'), ended, call('SRANDMEMBER', KEYS[2], 256)}
