-- work: the hot path. Ends attempts, moves due jobs to ready, claims new ones; one round trip for all three.
-- It returns ids, not envelopes: every byte that passes through Lua is hashed there, which cost more than all the rest.
--   KEYS[1] job  [2] own:<worker>  [3] workers  [4] try  [5] done  [6] result  [7] dead  [8] lanes  [9] paused
--   KEYS[10] meta  [11] key  [12] limits  [13] queues
--   KEYS[14…] whatever ARGV points to: later sets, wake sets, ready lists, lane lists
--   ARGV[1] worker  [2] how many to claim at most  [3] how many done jobs to keep
--   ARGV[4] acks  [5] settles  [6] kept keys  [7] followers  [8] queues  [9] sources: how many of each follow
--   ack:     id                                  done, without history or result
--   settle:  verb, id, dest, when, member, text
--     d  done or dropped; text = result JSON or ''
--     l  later; dest = later set, when = due ms, member, text = history JSON
--     r  release to the front of a ready list, or of the line it came from; dest, text = history JSON or '' (keep what
--        is there)
--     p  park in a lane; dest = lane list, member = member of `lanes`
--     w  wait in line for limits; text = record in `limits` (limits.lua)
--     x  dead; text = history JSON with the reason
--     g  gone: it was claimed without an envelope. Nothing is recorded: an admission that was aborted half-way may
--        still bring the envelope, and then this worker keeps the job until it settles it, or is recovered
--   kept key: key, value                         the job lives on: its idempotency key must outlive it
--   follower: parent, id, key, value of the key, queue, ready list and wake set as key numbers, envelope: admitted with
--            the `done` of its parent
--   queue:   name, later, wake, ready 0, 1, 2 as key numbers
--   source:  key number, most, queue name, member of `lanes` ('' = a ready list, 'w' = the queue's lines); claimed from
--            in this order
-- Returns {1 if the worker's lease is known, now ms, next due ms or -1, 1 if something is left for other hands,
--          {ids that were not owned any more}, {source number, id, history or '', …}}.
-- Order (no rollback in Lua): what adds comes first, what removes comes last, so that an abort in between may repeat
-- a job but never loses one.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local me, most, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local acks, settles, kept = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local followers, queues, sources = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local lost, p = {}, 10
local first_queue = p + acks + settles * 6 + kept * 2 + followers * 8
local function use_limits()
  local limits = the_limits()
  for q = 0, queues - 1 do limits.served[ARGV[first_queue + q * 6]] = true end
  return limits
end
-- Most sites, most of the time: nobody waits for a limit or holds a place, and this is all that limits cost.
local limits = call('EXISTS', KEYS[12]) == 1 and use_limits()

-- A number becomes a word through printf each time it is passed to Redis; a text is one already.
local now_text = string.format('%.0f', now)
local function finish(ids)
  local scored = {}
  for i = 1, #ids do
    scored[2 * i - 1] = now_text
    scored[2 * i] = ids[i]
  end
  call('ZADD', KEYS[5], unpack(scored))
  call('HDEL', KEYS[1], unpack(ids))
end

-- A replay finds its body or its end; an aborted admission may have left its id at the head of the list.
local function admit_follower(id, key, value, queue, ready, wake, body)
  if call('HEXISTS', KEYS[1], id) == 1 or call('ZSCORE', KEYS[5], id) then return end
  local held = key ~= '' and call('HGET', KEYS[11], key)
  if held then
    local space = string.find(held, ' ', 1, true)
    local holder = string.sub(held, 1, space - 1)
    if holder ~= id and tonumber(string.sub(held, space + 1)) > now then
      call('HSET', KEYS[6], id, '{"duplicate_of":"' .. holder .. '"}')
      call('ZADD', KEYS[5], now, id)
      return
    end
  end
  if key ~= '' then call('HSET', KEYS[11], key, value) end
  call('SADD', KEYS[13], queue)
  if not call('LPOS', ready, id, 'MAXLEN', 1000) then call('LPUSH', ready, id) end
  call('ZADD', wake, 0, 'w')
  call('HSET', KEYS[1], id, body)
end

-- `under`: the limits it ran or waited under, or nil.
local function settle_one(verb, id, dest, when, member, text, under)
  if verb == 'd' then
    if text ~= '' then call('HSET', KEYS[6], id, text) end
    finish({id})
    call('HDEL', KEYS[4], id)
  elseif verb == 'l' then
    call('HSET', KEYS[4], id, text)
    call('ZADD', KEYS[dest], when, member)
  elseif verb == 'r' then
    if text ~= '' then call('HSET', KEYS[4], id, text) end
    if under then limits.wait(id, under, now, 'RPUSH') else call('RPUSH', KEYS[dest], id) end
  elseif verb == 'p' then
    call('SADD', KEYS[8], member)
    call('LPUSH', KEYS[dest], id)
  elseif verb == 'w' then
    limits = limits or use_limits()
    call('HSET', KEYS[12], id, text)
    limits.wait(id, limits.read(text), now, 'LPUSH')
  elseif verb == 'x' then
    call('HSET', KEYS[4], id, text)
    call('ZADD', KEYS[7], now, id)
    call('HINCRBY', KEYS[10], 'dead_bytes', call('HSTRLEN', KEYS[1], id))
  end
end

-- Gives back what these jobs held; their limits by id.
local function free_places(ids, owned)
  local under = {}
  for i, text in ipairs(limits and call('HMGET', KEYS[12], unpack(ids)) or {}) do
    under[ids[i]] = owned[i] == 1 and text and limits.read(text) or nil
    if under[ids[i]] then limits.give_back(ids[i], under[ids[i]], me, now) end
  end
  return under
end

if acks + settles > 0 then
  local ids, follower = {}, {}
  for i = 1, acks do ids[i] = ARGV[p + i - 1] end
  for i = 1, settles do ids[acks + i] = ARGV[p + acks + (i - 1) * 6 + 1] end
  for i = 1, followers do
    local at = p + acks + settles * 6 + kept * 2 + (i - 1) * 8
    follower[ARGV[at]] = at
  end
  local owned = call('SMISMEMBER', KEYS[2], unpack(ids))
  local under = free_places(ids, owned)
  local gone, finished, free = {}, {}, {}
  for i = 1, acks do
    if owned[i] == 1 then finished[#finished + 1] = ids[i] else lost[#lost + 1] = ids[i] end
    if under[ids[i]] then free[#free + 1] = ids[i] end
  end
  if #finished > 0 then finish(finished) end
  for i = 1, settles do
    local at, id = p + acks + (i - 1) * 6, ids[acks + i]
    local verb, f = ARGV[at], follower[id]
    if owned[acks + i] == 1 then
      if f and verb == 'd' then
        admit_follower(ARGV[f + 1], ARGV[f + 2], ARGV[f + 3], ARGV[f + 4], KEYS[tonumber(ARGV[f + 5])],
          KEYS[tonumber(ARGV[f + 6])], ARGV[f + 7])
      end
      settle_one(verb, id, tonumber(ARGV[at + 2]), ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], under[id])
      if verb ~= 'g' or call('HEXISTS', KEYS[1], id) == 0 then
        gone[#gone + 1] = id
        if under[id] and verb ~= 'r' and verb ~= 'w' then free[#free + 1] = id end
      end
    else
      lost[#lost + 1] = id
    end
  end
  p = p + acks + settles * 6
  if kept > 0 then call('HSET', KEYS[11], unpack(ARGV, p, p + 2 * kept - 1)) end
  p = p + 2 * kept + 8 * followers
  if #free > 0 then call('HDEL', KEYS[12], unpack(free)) end
  if #finished > 0 then call('SREM', KEYS[2], unpack(finished)) end
  if #gone > 0 then call('SREM', KEYS[2], unpack(gone)) end
  local over = call('ZCARD', KEYS[5]) - keep
  if over > 0 then
    local oldest = call('ZRANGE', KEYS[5], 0, math.min(over, 1000) - 1)
    if call('EXISTS', KEYS[6]) == 1 then call('HDEL', KEYS[6], unpack(oldest)) end
    call('ZREMRANGEBYRANK', KEYS[5], 0, #oldest - 1)
  end
end

-- Due jobs become ready, at most 1,000 a queue and call; the rest makes `next` lie in the past, so the caller returns.
local next_due = -1
for _ = 1, queues do
  local later = KEYS[tonumber(ARGV[p + 1])]
  local head = call('ZRANGE', later, 0, 0, 'WITHSCORES')
  if head[2] and tonumber(head[2]) <= now then
    local due = call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 1000)
    local by_priority = {{}, {}, {}}
    for _, member in ipairs(due) do
      local group = by_priority[tonumber(string.sub(member, 1, 1)) + 1]
      group[#group + 1] = string.sub(member, 3)
    end
    for prio = 1, 3 do
      if #by_priority[prio] > 0 then call('LPUSH', KEYS[tonumber(ARGV[p + 2 + prio])], unpack(by_priority[prio])) end
    end
    call('ZREM', later, unpack(due))
    head = call('ZRANGE', later, 0, 0, 'WITHSCORES')
  end
  if head[2] and (next_due < 0 or tonumber(head[2]) < next_due) then next_due = tonumber(head[2]) end
  p = p + 6
end

-- Without a lease nobody would ever take the jobs back, so an unknown worker gets none.
local known = call('ZSCORE', KEYS[3], me) and 1 or 0
local claimed, paused, have_paused = {}, {}, call('SMEMBERS', KEYS[9])
for _, name in ipairs(have_paused) do paused[name] = true end
local free = known == 1 and most or 0
local histories = free > 0 and call('EXISTS', KEYS[4]) == 1
local function note_claims(source, ids, from, to, step)
  local tries = histories and call('HMGET', KEYS[4], unpack(ids)) or {}
  for i = from, to, step do
    local n = #claimed
    claimed[n + 1] = source
    claimed[n + 2] = ids[i]
    claimed[n + 3] = tries[i] or ''
  end
  free = free - #ids
end
for s = 1, sources do
  if free <= 0 then break end
  local list, take, queue, lane = KEYS[tonumber(ARGV[p])], math.min(free, tonumber(ARGV[p + 1])), ARGV[p + 2], ARGV[p + 3]
  if not paused[queue] and take > 0 then
    if lane == 'w' then
      local ids = limits and limits.claim(queue, take, KEYS[2], me, now) or {}
      if #ids > 0 then note_claims(s, ids, 1, #ids, 1) end
    else
      local ids = call('LRANGE', list, -take, -1)
      if #ids > 0 then
        note_claims(s, ids, #ids, 1, -1)
        call('SADD', KEYS[2], unpack(ids))
        call('LTRIM', list, 0, -(#ids + 1))
      end
    end
    if lane ~= '' and lane ~= 'w' and call('LLEN', list) == 0 then call('SREM', KEYS[8], lane) end
  end
  p = p + 4
end

-- Whatever this worker leaves behind, another one may want: ring for it.
local left = 0
p = first_queue
for _ = 1, queues do
  if not paused[ARGV[p]] then
    if limits then
      local open, due = limits.outlook(ARGV[p], now)
      if due and (next_due < 0 or due < next_due) then next_due = due end
      if open then
        left = 1
        call('ZADD', KEYS[tonumber(ARGV[p + 2])], 0, 'w')
      end
    end
    for prio = 3, 5 do
      if call('EXISTS', KEYS[tonumber(ARGV[p + prio])]) == 1 then
        left = 1
        call('ZADD', KEYS[tonumber(ARGV[p + 2])], 0, 'w')
        break
      end
    end
  end
  p = p + 6
end
return {known, now, next_due, left, lost, claimed}
