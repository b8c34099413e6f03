-- admit: the oldest envelopes of the intake become ready, scheduled or dead jobs, as C++ decided after reading them.
--   KEYS[1] in  [2] job  [3] done  [4] result  [5] dead  [6] try  [7] queues  [8] meta
--   KEYS[9…] whatever ARGV points to: ready lists, later sets, wake sets, key buckets
--   ARGV[1] number of envelopes  [2] the `admitted` count they were read at  [3] end of new idempotency keys, ms
--   ARGV[4] wake sets to ring, as key numbers joined by spaces  [5] queue names seen, joined by spaces
--   ARGV[6] number of groups, then for each group: verb, dest, size, and for each of its jobs 4 words
--     r  ready; dest = key number of the list         place, id, bucket, idempotency key
--     l  later; dest = key number of the set          place, id, bucket, `due ms:priority digit:idempotency key`
--     d  dead; dest = 0                               place, id, 0, history JSON with the reason
--     place  of the envelope, counted from the oldest (1 = oldest)
--     bucket key number of the idempotency key's bucket; 0 = no key
-- Returns {now ms, 1, place, code, info, …} with the jobs that were not simply admitted:
--   code 2 = this id is known (a replay; dropped)   3 = the key is held (info = id of the holder; recorded in done)
-- or {now ms, 0} if another worker has admitted since: read again. Only this script removes from `in`, so an unchanged
-- count means unchanged oldest entries.
-- Order (no rollback in Lua): key, then list, then body, and the intake last. A replay after an abort finds no body
-- and starts over; an id in a list without a body is skipped by whoever claims it.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if (call('HGET', KEYS[8], 'admitted') or '0') ~= ARGV[2] then return {now, 0} end
local count, till = tonumber(ARGV[1]), ARGV[3]
local entries = call('LRANGE', KEYS[1], -count, -1)
if #entries ~= count then return redis.error_reply('ADMIT intake holds ' .. #entries .. ' of ' .. count) end

local ids, p = {}, 7
for _ = 1, tonumber(ARGV[6]) do
  local size = tonumber(ARGV[p + 2])
  for at = p + 4, p + 3 + size * 4, 4 do ids[#ids + 1] = ARGV[at] end
  p = p + 3 + size * 4
end
local bodies = call('HMGET', KEYS[2], unpack(ids))
local ended = call('ZMSCORE', KEYS[3], unpack(ids))

-- The id that holds the key, if it is another one and its time is not over.
local function held_by_other(bucket, key, id)
  local value = id .. ' ' .. till
  if call('HSETNX', bucket, key, value) == 1 then return nil end
  local held = call('HGET', bucket, key)
  local space = string.find(held, ' ', 1, true)
  local holder = string.sub(held, 1, space - 1)
  if holder ~= id and tonumber(string.sub(held, space + 1)) > now then return holder end
  call('HSET', bucket, key, value)
  return nil
end

local out, new, seen, n = {now, 1}, {}, {}, 0
local function exception(place, code, info)
  local size = #out
  out[size + 1], out[size + 2], out[size + 3] = place, code, info
end

p = 7
for _ = 1, tonumber(ARGV[6]) do
  local verb, dest, size = ARGV[p], KEYS[tonumber(ARGV[p + 1])], tonumber(ARGV[p + 2])
  local items = {}
  for at = p + 3, p + 2 + size * 4, 4 do
    n = n + 1
    local id, bucket, word = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    local body = entries[count + 1 - ARGV[at]]
    local due, digit, holder
    if bodies[n] or ended[n] or seen[id] then
      exception(tonumber(ARGV[at]), 2, '')
    elseif verb == 'd' then
      call('HSET', KEYS[6], id, word)
      call('ZADD', KEYS[5], now, id)
      call('HSET', KEYS[2], id, body)
      call('HINCRBY', KEYS[8], 'dead_bytes', #body)
    else
      if verb == 'l' then due, digit, word = string.match(word, '^(%d+):(%d):(.*)$') end
      if bucket ~= '0' then holder = held_by_other(KEYS[tonumber(bucket)], word, id) end
      if holder then
        call('HSET', KEYS[4], id, '{"duplicate_of":"' .. holder .. '"}')
        call('ZADD', KEYS[3], now, id)
        exception(tonumber(ARGV[at]), 3, holder)
      else
        if verb == 'l' then
          items[#items + 1] = due
          items[#items + 1] = digit .. ':' .. id
        else
          items[#items + 1] = id
        end
        new[#new + 1] = id
        new[#new + 1] = body
      end
    end
    seen[id] = true
  end
  if #items > 0 then call(verb == 'l' and 'ZADD' or 'LPUSH', dest, unpack(items)) end
  p = p + 3 + size * 4
end

if #new > 0 then call('HSET', KEYS[2], unpack(new)) end
for name in string.gmatch(ARGV[5], '%S+') do call('SADD', KEYS[7], name) end
for number in string.gmatch(ARGV[4], '%S+') do call('ZADD', KEYS[tonumber(number)], 0, 'w') end
call('HINCRBY', KEYS[8], 'admitted', count)
call('LTRIM', KEYS[1], 0, -(count + 1))
return out
