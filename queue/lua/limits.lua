-- limits: what the scripts that claim jobs and end attempts share; scripts.cpp puts it in front of them.
-- A job under limits waits in line for the first of them and runs with a place in each:
--   limits           HASH id → `queue name most per_minute name most per_minute …` of each job that waits or runs so
--   places           ZSET of score 0, `name id worker`: who runs. Taken after the job is owned and given back before it
--                    is owned no more, so whoever holds one owns the job, and its recovery gives it back
--   rates            ZSET name → ms from which the next attempt may start (GCRA without a burst)
--   waiting:<queue>:<name>  LIST of ids in line for a limit, newest left. An id without a record in `limits`, or one
--                    that holds places, was left there by an abort: it is elsewhere
--   waits:<queue>    ZSET name of a line → ms from which to look at it; negative = closed until a limit has room, and
--                    then the ms when it last gave a job: lines take turns
--   blocked:<name>   ZSET `queue line`: lines that are closed because this limit is full
-- Names of queues and limits come out of Redis here, so these keys cannot stand in KEYS; their hash tag is the same.
-- A function, because making all the others costs a call that needs none of them as much as ten commands.
local function the_limits()
  local limits = {served = {}}
  local call, site = redis.call, string.match(KEYS[1], '^[^{]*{[^}]*}:')
  local places, rates = site .. 'places', site .. 'rates'
  local depth, most_opened, most_lines = 16, 16, 64
  local used, start = {}, {}
  limits.all = site .. 'limits'

  function limits.read(text)
    local words = {}
    for word in string.gmatch(text, '%S+') do words[#words + 1] = word end
    local wanted = {queue = words[1]}
    for i = 2, #words - 2, 3 do
      wanted[#wanted + 1] = {name = words[i], most = tonumber(words[i + 1]), per_minute = tonumber(words[i + 2])}
    end
    return wanted[1] and wanted
  end

  function limits.is_held(name, id)
    return call('ZLEXCOUNT', places, '[' .. name .. ' ' .. id .. ' ', '(' .. name .. ' ' .. id .. '!') > 0
  end

  -- The line is worth a look from now on. Queues in `served` need no ring: the caller looks itself.
  function limits.open(queue, name, now)
    local waits = site .. 'waits:' .. queue
    local since = tonumber(call('ZSCORE', waits, name) or now)
    call('ZADD', waits, math.min(math.abs(since), now), name)
    if not limits.served[queue] then call('ZADD', site .. 'wake:' .. queue, 0, 'w') end
  end

  -- In line, at its end or its front.
  function limits.wait(id, wanted, now, push)
    limits.open(wanted.queue, wanted[1].name, now)
    call(push, site .. 'waiting:' .. wanted.queue .. ':' .. wanted[1].name, id)
  end

  -- What `worker` held for the job is free. Of the lines that wait for it those that gave nothing for the longest time
  -- are opened: more than can use it, because some may wait for another limit as well.
  function limits.give_back(id, wanted, worker, now)
    for _, l in ipairs(wanted) do call('ZREM', places, l.name .. ' ' .. id .. ' ' .. worker) end
    for _, l in ipairs(wanted) do
      local blocked = site .. 'blocked:' .. l.name
      for _, line in ipairs(call('ZRANGE', blocked, 0, most_opened - 1)) do
        local queue, name = string.match(line, '^(%S+) (%S+)$')
        limits.open(queue, name, now)
        call('ZREM', blocked, line)
      end
    end
  end

  -- Notes in `full` and `late` what the job waits for; those behind it wait for the same, so that order holds.
  local function may_start(wanted, now, full, late)
    local free = true
    for _, l in ipairs(wanted) do
      used[l.name] = used[l.name] or call('ZLEXCOUNT', places, '[' .. l.name .. ' ', '(' .. l.name .. '!')
      if full[l.name] or used[l.name] >= l.most then
        full[l.name], free = true, false
      end
      if l.per_minute > 0 then
        start[l.name] = start[l.name] or tonumber(call('ZSCORE', rates, l.name) or 0)
        if start[l.name] > now then
          late[l.name], free = start[l.name], false
        end
      end
    end
    return free
  end

  local function take_places(ids, wanted, own, worker, now)
    local members, paced = {}, {}
    for i, id in ipairs(ids) do
      for _, l in ipairs(wanted[i]) do
        members[#members + 1] = 0
        members[#members + 1] = l.name .. ' ' .. id .. ' ' .. worker
        if l.per_minute > 0 then paced[l.name] = true end
      end
    end
    call('SADD', own, unpack(ids))
    call('ZADD', places, unpack(members))
    for name in pairs(paced) do call('ZADD', rates, start[name], name) end
  end

  local function count(wanted, now)
    for _, l in ipairs(wanted) do
      used[l.name] = used[l.name] + 1
      if l.per_minute > 0 then start[l.name] = math.max(now, start[l.name]) + 60000 / l.per_minute end
    end
  end

  -- When the line is worth the next look, after it gave jobs (or none) and stopped at what is in `full` and `late`.
  local function close(queue, name, served, full, late, now)
    local waits = site .. 'waits:' .. queue
    local last, due = served and now or math.abs(tonumber(call('ZSCORE', waits, name) or now)), nil
    for limit in pairs(full) do call('ZADD', site .. 'blocked:' .. limit, last, queue .. ' ' .. name) end
    for _, at in pairs(late) do due = math.min(due or at, at) end
    call('ZADD', waits, due and math.ceil(due) or -last, name)
  end

  -- Claims at most `most` jobs from a line, with a place in each of their limits. Jobs that find none are passed over,
  -- 16 at most. Returns their ids.
  local function claim_from(queue, name, most, own, worker, now)
    local waits, list = site .. 'waits:' .. queue, site .. 'waiting:' .. queue .. ':' .. name
    local ids = call('LRANGE', list, -(most + depth), -1)
    if #ids == 0 then
      call('ZREM', waits, name)
      return ids
    end
    local texts = call('HMGET', limits.all, unpack(ids))
    local chosen, places_of, out, seen, full, late, passed = {}, {}, {}, {}, {}, {}, 0
    for i = #ids, 1, -1 do
      if #chosen == most or passed == depth or full[name] or late[name] then break end
      local id, wanted = ids[i], texts[i] and limits.read(texts[i])
      if wanted and not may_start(wanted, now, full, late) then
        passed = passed + 1
      else
        out[#out + 1] = id
        if wanted and not seen[id] and not limits.is_held(wanted[1].name, id) then
          seen[id] = true
          chosen[#chosen + 1], places_of[#places_of + 1] = id, wanted
          count(wanted, now)
        end
      end
    end
    if #chosen > 0 then take_places(chosen, places_of, own, worker, now) end
    for _, id in ipairs(out) do call('LREM', list, -1, id) end
    if call('EXISTS', list) == 0 then
      call('ZREM', waits, name)
    elseif #chosen == most or not (next(full) or next(late)) then
      call('ZADD', waits, now, name)
    else
      close(queue, name, #chosen > 0, full, late, now)
    end
    return chosen
  end

  -- From all lines of a queue that are worth a look, those first that gave nothing for the longest time.
  function limits.claim(queue, most, own, worker, now)
    local ids = {}
    for _, name in ipairs(call('ZRANGEBYSCORE', site .. 'waits:' .. queue, 0, now, 'LIMIT', 0, most_lines)) do
      if #ids >= most then break end
      for _, id in ipairs(claim_from(queue, name, most - #ids, own, worker, now)) do ids[#ids + 1] = id end
    end
    return ids
  end

  -- Whether a line of the queue is worth a look now, and the ms from which the next one will be, or nil.
  function limits.outlook(queue, now)
    local waits = site .. 'waits:' .. queue
    local next_one = call('ZRANGEBYSCORE', waits, '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    return call('ZCOUNT', waits, 0, now) > 0, tonumber(next_one[2])
  end

  -- Housekeeping: opens closed lines once in a while, whatever closed them.
  function limits.open_closed(queue, most, now)
    for _, name in ipairs(call('ZRANGEBYSCORE', site .. 'waits:' .. queue, '-inf', '(0', 'LIMIT', 0, most)) do
      limits.open(queue, name, now)
    end
  end
  return limits
end
