-- take: move a batch from the public intake to this worker's own list, where it stays until `admit` is done with it.
--   KEYS[1] in   KEYS[2] intake:<worker>
--   ARGV[1] how many to hold at most   ARGV[2] longest envelope in bytes
-- Returns {now ms, envelopes left in `in`, oldest envelope, next …}: everything the worker's list holds, what a crash
-- or the blocking move left there included.
-- An envelope over the limit is cut to its first 4 KiB behind a line `!too_large <bytes> <sha1>`, so that it cannot
-- pass through the network, and is quarantined by `admit`.
local call = redis.call
local want, longest = tonumber(ARGV[1]), tonumber(ARGV[2])

local function shortened(text)
  if #text <= longest or string.sub(text, 1, 11) == '!too_large ' then return text end
  return '!too_large ' .. #text .. ' ' .. redis.sha1hex(text) .. '\n' .. string.sub(text, 1, 4096)
end

local out = {}
local held = call('LRANGE', KEYS[2], -want, -1)
for i = #held, 1, -1 do
  local text = shortened(held[i])
  if #text ~= #held[i] then call('LSET', KEYS[2], i - #held - 1, text) end
  out[#out + 1] = text
end

local room = want - #held
if room > 0 then
  local fresh = call('LRANGE', KEYS[1], -room, -1)
  if #fresh > 0 then
    local oldest_first = {}
    for i = #fresh, 1, -1 do
      local text = shortened(fresh[i])
      oldest_first[#oldest_first + 1] = text
      out[#out + 1] = text
    end
    call('LPUSH', KEYS[2], unpack(oldest_first))
    call('LTRIM', KEYS[1], 0, -(#fresh + 1))
  end
end

local t = call('TIME')
table.insert(out, 1, t[1] * 1000 + math.floor(t[2] / 1000))
table.insert(out, 2, call('LLEN', KEYS[1]))
return out
