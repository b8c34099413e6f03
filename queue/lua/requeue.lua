-- requeue: a dead or scheduled job becomes ready now, with a fresh history.
--   KEYS[1] job  [2] try  [3] dead  [4] later:<queue>  [5] ready list  [6] wake:<queue>  [7] meta  [8] key
--   ARGV[1] id  [2] member of later  [3] idempotency key ('' = none)  [4] ms for which the key is then held
-- Returns 'dead' or 'scheduled' (where it was), 0 if it is neither, or {id} of the job that holds its key by now: the
-- key's effect has been left to that one, so this one must not run beside it.
-- Order (no rollback in Lua): into the ready list first, out of the other one then; an abort may repeat, never lose.
local call = redis.call
local id = ARGV[1]
local size = call('HSTRLEN', KEYS[1], id)
if size == 0 then return 0 end
local from = 0
if call('ZSCORE', KEYS[3], id) then from = 'dead'
elseif call('ZSCORE', KEYS[4], ARGV[2]) then from = 'scheduled' end
if from == 0 then return 0 end
if ARGV[3] ~= '' then
  local t = call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)
  local held = call('HGET', KEYS[8], ARGV[3])
  if held then
    local space = string.find(held, ' ', 1, true)
    local holder, till = string.sub(held, 1, space - 1), tonumber(string.sub(held, space + 1))
    if holder ~= id and till > now then return {holder} end
  end
  call('HSET', KEYS[8], ARGV[3], id .. ' ' .. string.format('%d', now + tonumber(ARGV[4])))
end
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
