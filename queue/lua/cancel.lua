-- cancel: remove a job that does not run.
--   KEYS[1] job  [2] try  [3] done  [4] result  [5] dead  [6] later:<queue>  [7] ready list  [8] key  [9] meta
--   KEYS[10] workers  [11] limits  [12…] own sets of the workers in ARGV[4…]
--   ARGV[1] id  [2] member of later  [3] idempotency key ('' = none)  [4…] the workers the caller knows
-- Returns 1 cancelled, 0 unknown id, -1 running now, -2 a worker is there that the caller did not know: look again.
-- Order (no rollback in Lua): a trace of its end, then the body. Without a body a job is gone: whoever finds its id in
-- a very long ready list, in a lane, or where an abort left it, skips it.
local call = redis.call
local id = ARGV[1]
local size = call('HSTRLEN', KEYS[1], id)
if size == 0 then return 0 end
local known = {}
for i = 4, #ARGV do known[ARGV[i]] = true end
for _, worker in ipairs(call('ZRANGE', KEYS[10], 0, -1)) do
  if not known[worker] then return -2 end
end
for i = 12, #KEYS do
  if call('SISMEMBER', KEYS[i], id) == 1 then return -1 end
end
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
call('ZADD', KEYS[3], now, id)
call('HDEL', KEYS[1], id)
call('HSET', KEYS[4], id, '{"cancelled":true}')
if ARGV[3] ~= '' then
  local held = call('HGET', KEYS[8], ARGV[3])
  if held and string.sub(held, 1, #id) == id then call('HDEL', KEYS[8], ARGV[3]) end
end
if call('ZREM', KEYS[5], id) == 1 then call('HINCRBY', KEYS[9], 'dead_bytes', -size) end
call('ZREM', KEYS[6], ARGV[2])
if call('LLEN', KEYS[7]) <= 10000 then call('LREM', KEYS[7], 0, id) end
call('HDEL', KEYS[2], id)
local record = call('HGET', KEYS[11], id)
if record then
  -- Whoever scans the line drops the id; those behind it may go on.
  local limits = the_limits()
  local wanted = limits.read(record)
  limits.open(wanted.queue, wanted[1].name, now)
  call('HDEL', KEYS[11], id)
end
return 1
