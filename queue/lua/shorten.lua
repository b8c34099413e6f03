-- shorten: cut giants among the oldest envelopes of the public intake, so that they can pass through the network and
-- be quarantined. Called only after an answer was too large to read.
--   KEYS[1] in
--   ARGV[1] how many of the oldest to look at   ARGV[2] longest envelope in bytes
-- A giant becomes `!too_large <bytes> <sha1>`, a line feed and its first 4 KiB. Returns how many were cut.
local call = redis.call
local longest, cut = tonumber(ARGV[2]), 0
local entries = call('LRANGE', KEYS[1], -tonumber(ARGV[1]), -1)
for i = 1, #entries do
  local text = entries[i]
  if #text > longest and string.sub(text, 1, 11) ~= '!too_large ' then
    call('LSET', KEYS[1], i - #entries - 1,
      '!too_large ' .. #text .. ' ' .. redis.sha1hex(text) .. '\n' .. string.sub(text, 1, 4096))
    cut = cut + 1
  end
end
return cut
