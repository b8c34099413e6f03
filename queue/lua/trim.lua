-- trim: keep what grows inside its bounds, a little at each call.
--   KEYS[1] dead  [2] job  [3] try  [4] done  [5] result  [6] meta  [7] key  [8] limits  [9] rates  [10] queues
--   ARGV[1] most dead jobs  [2] their greatest age ms  [3] their most bytes
--   ARGV[4] most done jobs  [5] their greatest age ms  [6] cursor of the search for ended idempotency keys
--   ARGV[7] cursor of the search for limits without a job
-- Order (no rollback in Lua): the id leaves `dead` and `done` last, so that an abort leaves nothing that nobody finds.
-- Returns {dead jobs removed, done jobs removed, idempotency keys removed, next cursor, next cursor of limits}.
local call = redis.call
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local step = 500

local function oldest(zset, most, age)
  local over = math.min(step, math.max(0, call('ZCARD', zset) - most))
  local ids = over > 0 and call('ZRANGE', zset, 0, over - 1) or {}
  if #ids > 0 then return ids end
  return call('ZRANGEBYSCORE', zset, '-inf', now - age, 'LIMIT', 0, step)
end

local dead = oldest(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
if #dead == 0 and tonumber(call('HGET', KEYS[6], 'dead_bytes') or '0') > tonumber(ARGV[3]) then
  dead = call('ZRANGE', KEYS[1], 0, 49)
end
for _, id in ipairs(dead) do
  local size = call('HSTRLEN', KEYS[2], id)
  call('HDEL', KEYS[2], id)
  -- Lua writes minus zero as "-0", which Redis takes for no number.
  if size > 0 then call('HINCRBY', KEYS[6], 'dead_bytes', -size) end
  call('HDEL', KEYS[3], id)
  call('ZREM', KEYS[1], id)
end

local done = oldest(KEYS[4], tonumber(ARGV[4]), tonumber(ARGV[5]))
if #done > 0 then
  call('HDEL', KEYS[5], unpack(done))
  call('ZREM', KEYS[4], unpack(done))
end

local page = call('HSCAN', KEYS[7], ARGV[6], 'COUNT', step)
local over = {}
for i = 1, #page[2], 2 do
  local value = page[2][i + 1]
  local space = string.find(value, ' ', 1, true)
  if not space or tonumber(string.sub(value, space + 1)) <= now then over[#over + 1] = page[2][i] end
end
for i = 1, #over, step do call('HDEL', KEYS[7], unpack(over, i, math.min(i + step - 1, #over))) end

local limits_page = {'0', {}}
if call('EXISTS', KEYS[8]) == 1 then
  local limits = the_limits()
  limits_page = call('HSCAN', KEYS[8], ARGV[7], 'COUNT', 100)
  for i = 1, #limits_page[2], 2 do
    local id, wanted = limits_page[2][i], limits.read(limits_page[2][i + 1])
    if call('HEXISTS', KEYS[2], id) == 0 and not (wanted and limits.is_held(wanted[1].name, id)) then
      call('HDEL', KEYS[8], id)
    end
  end
  for _, queue in ipairs(call('SMEMBERS', KEYS[10])) do limits.open_closed(queue, 100, now) end
end
-- What has come due binds nobody any more.
call('ZREMRANGEBYSCORE', KEYS[9], '-inf', now)
return {#dead, #done, #over, page[1], limits_page[1]}
