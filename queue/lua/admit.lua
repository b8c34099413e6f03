-- admit: the oldest envelopes of this worker's intake list become ready, scheduled or dead jobs.
--   KEYS[1] intake:<worker>  [2] job  [3] done  [4] result  [5] dead  [6] try  [7] queues  [8] meta
--   KEYS[9…] whatever ARGV points to: ready lists, later sets, wake sets, key buckets
--   ARGV[1] number of entries  ARGV[2] wake sets to ring, as key numbers joined by spaces ('' = none)
--   ARGV[3] end of new idempotency keys, ms  ARGV[4] queue names seen, joined by spaces
--   then 6 words for each entry, oldest first:
--     verb   r = ready, l = later, d = dead
--     id
--     dest   r, l: key number of the list or set
--     extra  l: due ms   d: history JSON with the reason
--     bucket key number of the idempotency key's bucket; 0 = no key
--     what   r: the idempotency key   l: priority digit and the idempotency key   d: ''
-- Returns {now ms, place, code, info, …} for entries that were not simply admitted:
--   code 2 = this id is known (a replay; dropped)   3 = the key is held (info = id of the holder; recorded in done)
-- Order (no rollback in Lua): key, then list, then body, and the intake last. A replay after an abort finds no body
-- and starts over; an id in a list without a body is skipped by whoever claims it.
local call = redis.call
local count = tonumber(ARGV[1])
local entries = call('LRANGE', KEYS[1], -count, -1)
if #entries ~= count then return redis.error_reply('ADMIT intake holds ' .. #entries .. ' of ' .. count) end
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local ids = {}
for i = 1, count do ids[i] = ARGV[5 + (i - 1) * 6 + 1] end
local bodies = count > 0 and call('HMGET', KEYS[2], unpack(ids)) or {}
local ended = count > 0 and call('ZMSCORE', KEYS[3], unpack(ids)) or {}

local function holder_of(bucket, key, id)
  local held = call('HGET', bucket, key)
  if not held then return nil end
  local space = string.find(held, ' ', 1, true)
  local holder, till = string.sub(held, 1, space - 1), tonumber(string.sub(held, space + 1))
  if holder == id or till <= now then return nil end
  return holder
end

local seen, lists, zsets, new, out = {}, {}, {}, {}, {now}
for i = 1, count do
  local at = 5 + (i - 1) * 6
  local verb, id, dest, extra = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local bucket, what = tonumber(ARGV[at + 4]), ARGV[at + 5]
  local body = entries[count - i + 1]
  if bodies[i] or ended[i] or seen[id] then
    out[#out + 1] = i; out[#out + 1] = 2; out[#out + 1] = ''
  elseif verb == 'd' then
    seen[id] = true
    call('HSET', KEYS[6], id, extra)
    call('ZADD', KEYS[5], now, id)
    call('HSET', KEYS[2], id, body)
    call('HINCRBY', KEYS[8], 'dead_bytes', #body)
  else
    seen[id] = true
    local key = verb == 'l' and string.sub(what, 2) or what
    local holder = bucket > 0 and holder_of(KEYS[bucket], key, id)
    if holder then
      call('HSET', KEYS[4], id, '{"duplicate_of":"' .. holder .. '"}')
      call('ZADD', KEYS[3], now, id)
      out[#out + 1] = i; out[#out + 1] = 3; out[#out + 1] = holder
    else
      if bucket > 0 then call('HSET', KEYS[bucket], key, id .. ' ' .. ARGV[3]) end
      local group = verb == 'r' and lists or zsets
      local items = group[dest]
      if not items then items = {}; group[dest] = items end
      if verb == 'r' then
        items[#items + 1] = id
      else
        items[#items + 1] = extra
        items[#items + 1] = string.sub(what, 1, 1) .. ':' .. id
      end
      new[#new + 1] = id
      new[#new + 1] = body
    end
  end
end

for dest, items in pairs(lists) do call('LPUSH', KEYS[dest], unpack(items)) end
for dest, items in pairs(zsets) do call('ZADD', KEYS[dest], unpack(items)) end
if #new > 0 then call('HSET', KEYS[2], unpack(new)) end
for name in string.gmatch(ARGV[4], '%S+') do call('SADD', KEYS[7], name) end
for number in string.gmatch(ARGV[2], '%S+') do call('ZADD', KEYS[tonumber(number)], 0, 'w') end
call('LTRIM', KEYS[1], 0, -(count + 1))
return out
