-- tick: change what is kept of a schedule, if it is as the caller read it. Whatever a scheduler does is such a change, so
-- of any number of schedulers that decide the same, one carries it out.
--   KEYS[1] schedule:<name>  [2] schedule-log:<name>
--   KEYS[3] job  [4] done  [5] queues  [6] ready list  [7] wake set: where a job is to be admitted
--   ARGV[1] number of fields that must be as they were read  [2] number of fields to set
--   then for each of both: field, value; '' is the same as not there
--   then a line for the log ('' = none) and how many lines to keep
--   then, where a job is to be admitted: its id, its queue, its envelope
-- Returns 1, or 0 if a field has changed and nothing was done.
-- Order (no rollback in Lua): the job first, under an id that is a function of the tick, then all fields at once. After
-- an abort in between the tick is fired again, finds the job or its end, and adds none. The log comes last: a line may
-- be missing, none is there twice.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local read, set, p = tonumber(ARGV[1]), tonumber(ARGV[2]), 3
for _ = 1, read do
  if (call('HGET', KEYS[1], ARGV[p]) or '') ~= ARGV[p + 1] then return 0 end
  p = p + 2
end
local first, line, keep = p, ARGV[p + 2 * set], tonumber(ARGV[p + 2 * set + 1])
local id, queue, envelope = ARGV[p + 2 * set + 2], ARGV[p + 2 * set + 3], ARGV[p + 2 * set + 4]

if id and call('HEXISTS', KEYS[3], id) == 0 and not call('ZSCORE', KEYS[4], id) then
  call('SADD', KEYS[5], queue)
  if not call('LPOS', KEYS[6], id, 'MAXLEN', 1000) then call('LPUSH', KEYS[6], id) end
  call('ZADD', KEYS[7], 0, 'w')
  call('HSET', KEYS[3], id, envelope)
end
call('HSET', KEYS[1], unpack(ARGV, first, first + 2 * set - 1))
if line ~= '' then
  call('LPUSH', KEYS[2], line)
  call('LTRIM', KEYS[2], 0, keep - 1)
end
return 1
