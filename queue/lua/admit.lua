-- admit: the oldest envelopes of the intake become ready, scheduled or dead jobs, as C++ decided after reading them.
--   KEYS[1] in  [2] job  [3] done  [4] result  [5] dead  [6] try  [7] queues  [8] meta  [9] key  [10] lanes
--   KEYS[11…] whatever ARGV points to: ready lists, lane lists, later sets, wake sets
--   ARGV[1] number of envelopes  [2] the `admitted` count they were read at  [3] end of new idempotency keys, ms
--   ARGV[4] wake sets to ring, as key numbers joined by spaces  [5] queue names seen, joined by spaces
--   ARGV[6] number of lanes that get jobs, then their members of `lanes`
--   ARGV[7 + lanes] number of groups, then for each group: verb, dest, size, and for each of its jobs: place, id, word
--     r  ready; dest = key number of the list, or of a lane's list   word = idempotency key ('' = none)
--     l  later; dest = key number of the set    word = `due ms:priority digit:idempotency key`
--     d  dead; dest = 0                         word = history JSON with the reason
--     place  of the envelope, counted from the oldest (1 = oldest)
-- Returns {now ms, 1, place, code, info, …} with the jobs that were not simply admitted:
--   code 2 = this id is known (a replay; dropped)   3 = the key is held (info = id of the holder; recorded in done)
-- or {now ms, 0} if another worker has admitted since: read again. Only this script removes from `in`, so an unchanged
-- count means unchanged oldest entries.
-- Order (no rollback in Lua): keys, then lanes and lists, then bodies, and the intake last. A replay after an abort finds
-- no body and starts over; an id in a list without a body is skipped by whoever claims it.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if (call('HGET', KEYS[8], 'admitted') or '0') ~= ARGV[2] then return {now, 0} end
local count, till = tonumber(ARGV[1]), ARGV[3]
local entries = call('LRANGE', KEYS[1], -count, -1)
if #entries ~= count then return redis.error_reply('ADMIT intake holds ' .. #entries .. ' of ' .. count) end

local lanes = tonumber(ARGV[6])
local groups, first_group = tonumber(ARGV[7 + lanes]), 8 + lanes
local ids, idem, due, digit = {}, {}, {}, {}
local n, p = 0, first_group
for _ = 1, groups do
  local verb, size = ARGV[p], tonumber(ARGV[p + 2])
  for at = p + 3, p + 2 + size * 3, 3 do
    n = n + 1
    ids[n], idem[n] = ARGV[at + 1], ''
    if verb == 'r' then
      idem[n] = ARGV[at + 2]
    elseif verb == 'l' then
      due[n], digit[n], idem[n] = string.match(ARGV[at + 2], '^(%d+):(%d):(.*)$')
    end
  end
  p = p + 3 + size * 3
end
local bodies = call('HMGET', KEYS[2], unpack(ids))
local ended = call('ZMSCORE', KEYS[3], unpack(ids))
local held = call('HMGET', KEYS[9], unpack(idem))

-- The id of another job that holds the key of job i now.
local taken = {}
local function holder_of(i)
  if taken[idem[i]] then return taken[idem[i]] end
  if not held[i] then return nil end
  local space = string.find(held[i], ' ', 1, true)
  local holder = string.sub(held[i], 1, space - 1)
  if holder ~= ids[i] and tonumber(string.sub(held[i], space + 1)) > now then return holder end
  return nil
end

local out, seen, keys, lists, new = {now, 1}, {}, {}, {}, {}
local function exception(place, code, info)
  local size = #out
  out[size + 1], out[size + 2], out[size + 3] = tonumber(place), code, info
end

n, p = 0, first_group
for g = 1, groups do
  local verb, size, items = ARGV[p], tonumber(ARGV[p + 2]), {}
  for at = p + 3, p + 2 + size * 3, 3 do
    n = n + 1
    local id, key = ids[n], idem[n]
    local body = entries[count + 1 - ARGV[at]]
    local holder = key ~= '' and holder_of(n)
    if bodies[n] or ended[n] or seen[id] then
      exception(ARGV[at], 2, '')
    elseif verb == 'd' then
      call('HSET', KEYS[6], id, ARGV[at + 2])
      call('ZADD', KEYS[5], now, id)
      call('HSET', KEYS[2], id, body)
      call('HINCRBY', KEYS[8], 'dead_bytes', #body)
    elseif holder then
      call('HSET', KEYS[4], id, '{"duplicate_of":"' .. holder .. '"}')
      call('ZADD', KEYS[3], now, id)
      exception(ARGV[at], 3, holder)
    else
      if key ~= '' then
        taken[key] = id
        keys[#keys + 1] = key
        keys[#keys + 1] = id .. ' ' .. till
      end
      if verb == 'l' then
        items[#items + 1] = due[n]
        items[#items + 1] = digit[n] .. ':' .. id
      else
        items[#items + 1] = id
      end
      new[#new + 1] = id
      new[#new + 1] = body
    end
    seen[id] = true
  end
  lists[g] = {verb == 'l' and 'ZADD' or 'LPUSH', KEYS[tonumber(ARGV[p + 1])], items}
  p = p + 3 + size * 3
end

if #keys > 0 then call('HSET', KEYS[9], unpack(keys)) end
if lanes > 0 then call('SADD', KEYS[10], unpack(ARGV, 7, 6 + lanes)) end
for _, list in ipairs(lists) do
  if #list[3] > 0 then call(list[1], list[2], unpack(list[3])) end
end
if #new > 0 then call('HSET', KEYS[2], unpack(new)) end
for name in string.gmatch(ARGV[5], '%S+') do call('SADD', KEYS[7], name) end
for number in string.gmatch(ARGV[4], '%S+') do call('ZADD', KEYS[tonumber(number)], 0, 'w') end
call('HINCRBY', KEYS[8], 'admitted', count)
call('LTRIM', KEYS[1], 0, -(count + 1))
return out
