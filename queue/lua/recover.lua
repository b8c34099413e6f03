-- recover: take back jobs of a worker whose lease has ended, as decided from their envelopes and histories.
--   KEYS[1] workers  [2] own:<lost worker>  [3] job  [4] try  [5] dead  [6] meta  [7] limits   KEYS[8…] ready lists and wake sets
--   ARGV[1] the lost worker  [2] number of jobs, then for each: verb, id, dest, wake, text
--     r  back to the front of a ready list, or of the line for limits it came from; dest, wake = key numbers, text = history JSON
--     x  dead; text = history JSON with the reason
--     g  gone: no envelope, the job had ended
-- Returns {jobs taken back, jobs left}, or {-1} if the lease is alive again.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local lease = call('ZSCORE', KEYS[1], ARGV[1])
if lease and tonumber(lease) > now then return {-1} end

local taken, p = 0, 3
local limits = call('EXISTS', KEYS[7]) == 1 and the_limits()
for _ = 1, tonumber(ARGV[2]) do
  local verb, id, dest, wake, text = ARGV[p], ARGV[p + 1], tonumber(ARGV[p + 2]), tonumber(ARGV[p + 3]), ARGV[p + 4]
  if call('SISMEMBER', KEYS[2], id) == 1 then
    local record = limits and call('HGET', KEYS[7], id)
    local under = record and limits.read(record)
    if under then limits.give_back(id, under, ARGV[1], now) end
    if verb == 'r' then
      call('HSET', KEYS[4], id, text)
      if under then limits.wait(id, under, now, 'RPUSH') else call('RPUSH', KEYS[dest], id) end
      call('ZADD', KEYS[wake], 0, 'w')
    elseif verb == 'x' then
      call('HSET', KEYS[4], id, text)
      call('ZADD', KEYS[5], now, id)
      call('HINCRBY', KEYS[6], 'dead_bytes', call('HSTRLEN', KEYS[3], id))
    end
    if under and verb ~= 'r' then call('HDEL', KEYS[7], id) end
    call('SREM', KEYS[2], id)
    taken = taken + 1
  end
  p = p + 5
end

local left = call('SCARD', KEYS[2])
if left == 0 then call('ZREM', KEYS[1], ARGV[1]) end
return {taken, left}
