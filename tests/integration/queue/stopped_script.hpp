#pragma once
// Lua has no rollback: a script that fails half-way (out of memory, a key of a wrong type) keeps what it wrote.

#include "queue/scripts.hpp"

#include <string>

namespace dormouse::queue {

/// The script, failing with "stopped here" when it makes its `n`-th call of Redis (from 0).
inline redis::script stopped_at(const redis::script& s, int n) {
    return {s.name(), "local left = " + std::to_string(n) +
                          "\nlocal redis = {sha1hex = redis.sha1hex, error_reply = redis.error_reply,\n"
                          "  call = function(...)\n"
                          "    if left == 0 then error('stopped here') end\n"
                          "    left = left - 1\n"
                          "    return redis.call(...)\n"
                          "  end}\n" +
                          s.body()};
}

}  // namespace dormouse::queue
